"""What a media server says of its recordings, over its own wire."""

from __future__ import annotations

import pytest
from aiohttp import web
from livekit import api

from calls.ports import RecorderDown
from recording.egress import LiveKitRecorder


async def test_a_state_of_a_later_version_is_trouble_with_the_recorder() -> None:
    """The port declares RecorderDown: anything else would keep the call's alarm from being raised."""
    answer = api.ListEgressResponse(items=[api.EgressInfo(egress_id="EG_1", room_name="room")])
    answer.items[0].status = 99  # type: ignore[assignment]

    async def lists(_: web.Request) -> web.Response:
        return web.Response(body=answer.SerializeToString(), content_type="application/protobuf")

    app = web.Application()
    app.router.add_post("/twirp/livekit.Egress/ListEgress", lists)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    recorder = LiveKitRecorder(f"http://{host}:{port}", "key", "a secret that is long enough for a test")
    try:
        for asking in (recorder.of_room("room"), recorder.of_id("EG_1")):
            with pytest.raises(RecorderDown):
                await asking
    finally:
        await recorder.aclose()
        await runner.cleanup()
