"""The egress double against the real LiveKit server, Redis and fake-gcs-server: what it records, and how it fails.

What the server tells of it (lists, webhooks, errors) is the server's own work, as with the real livekit-egress.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import av
import numpy as np
import pytest
import pytest_asyncio
from aiohttp import web
from livekit import api
from yarl import URL

from local import gcs_server, livekit_server
from local.caller.sound import WIRE_RATE, tone
from local.environment import API_KEY, API_SECRET
from local.ports import HOST, Ports
from local.rooms import client
from local.stack import Stack
from tests.fakes.room_agent import RoomAgent
from tests.support import recorder_trouble

PATIENCE_S = 20.0
STARTING, ACTIVE, ENDING, COMPLETE = "EGRESS_STARTING", "EGRESS_ACTIVE", "EGRESS_ENDING", "EGRESS_COMPLETE"
ENDED = frozenset({COMPLETE, "EGRESS_FAILED", "EGRESS_ABORTED"})

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class House:
    """The stack, its API, and what the server told by webhooks: (event, status) by egress id."""

    stack: Stack
    ports: Ports
    livekit: api.LiveKitAPI
    http: aiohttp.ClientSession
    told: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))

    async def room(self, name: str) -> str:
        await self.livekit.room.create_room(api.CreateRoomRequest(name=name, empty_timeout=60))
        return name

    async def start(self, room: str) -> api.EgressInfo:
        """As the house asks for it: storage is configured on the egress side."""
        request = api.RoomCompositeEgressRequest(
            room_name=room,
            audio_only=True,
            audio_mixing=api.AudioMixing.DUAL_CHANNEL_AGENT,
            file_outputs=[
                api.EncodedFileOutput(
                    file_type=api.EncodedFileType.OGG, filepath=f"recordings/{room}.ogg", disable_manifest=True
                )
            ],
            advanced=api.EncodingOptions(audio_codec=api.AudioCodec.OPUS, audio_bitrate=32),
        )
        return await self.livekit.egress.start_room_composite_egress(request)

    async def stop(self, egress_id: str) -> str:
        return status(await self.livekit.egress.stop_egress(api.StopEgressRequest(egress_id=egress_id)))

    async def found(self, egress_id: str) -> api.EgressInfo:
        listed = await self.livekit.egress.list_egress(api.ListEgressRequest(egress_id=egress_id))
        return listed.items[0]

    async def until(self, egress_id: str, *wanted: str) -> api.EgressInfo:
        async with asyncio.timeout(PATIENCE_S):
            while status(info := await self.found(egress_id)) not in wanted:
                await asyncio.sleep(0.05)
        return info

    async def ended(self, egress_id: str) -> api.EgressInfo:
        """The webhook of its end has come too."""
        info = await self.until(egress_id, *ENDED)
        async with asyncio.timeout(PATIENCE_S):
            while not any(event == "egress_ended" for event, _ in self.told[egress_id]):
                await asyncio.sleep(0.05)
        return info

    async def object(self, room: str) -> bytes | None:
        path = f"/storage/v1/b/{gcs_server.RECORDINGS}/o/recordings%2F{room}.ogg"
        url = URL(self.stack.info.storage_url + path, encoded=True)
        async with self.http.get(url, params={"alt": "media"}) as answer:
            return await answer.read() if answer.status == 200 else None

    async def hear(self, request: web.Request) -> web.Response:
        event = json.loads(await request.text())
        if about := event.get("egressInfo"):
            self.told[about["egressId"]].append((event["event"], about.get("status", STARTING)))
        answer = web.Response()
        answer.force_close()  # a connection kept would be a task left behind
        return answer


def status(info: api.EgressInfo) -> str:
    return str(api.EgressStatus.Name(info.status))


@asynccontextmanager
async def _listening(house: House) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_post("/webhooks/livekit", house.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, HOST, house.ports.control).start()
    yield
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder, ports = tmp_path_factory.mktemp("egress"), Ports.free()
    tells = livekit_server.environment(ports, API_KEY, API_SECRET, webhooks=True)
    only = ("redis", "livekit", "gcs", "egress")
    async with (
        Stack(folder, ports, {"livekit": tells}, only=only, config=folder / "none.yaml") as stack,
        client(stack.info) as livekit,
        aiohttp.ClientSession() as http,
        _listening(made := House(stack, ports, livekit, http)),
    ):
        yield made


def heard(ogg: bytes) -> np.ndarray:
    """(left, right) as floats at 48 kHz."""
    with av.open(io.BytesIO(ogg), "r") as file:
        stream = file.streams.audio[0]
        assert (stream.codec_context.name, stream.rate, stream.channels) == ("opus", WIRE_RATE, 2)
        return np.concatenate([frame.to_ndarray() for frame in file.decode(stream)], axis=1)


def loud(side: np.ndarray) -> tuple[float, float, float]:
    """When its sound begins and ends, in seconds, and its pitch."""
    on = np.flatnonzero(np.abs(side) > 0.05)
    part = side[on[0] : on[-1]]
    pitch = np.fft.rfftfreq(len(part), 1 / WIRE_RATE)[np.abs(np.fft.rfft(part)).argmax()]
    return on[0] / WIRE_RATE, on[-1] / WIRE_RATE, float(pitch)


async def test_it_records_the_agent_left_and_everybody_else_right(house: House) -> None:
    """Both tones lie where they were said, on the clock of the `started_at` reported, to the length of the pause
    between them; what was said before the start and after the stop is on no file."""
    loop = asyncio.get_running_loop()
    room = await house.room("call_stereo")
    agent, caller = RoomAgent(house.stack.info), RoomAgent(house.stack.info, "sip_1", "standard")
    try:
        await agent.join(room)
        await agent.publish()
        await agent.play(tone(1500, 0.3))
        asked = await house.start(room)
        active = await house.until(asked.egress_id, ACTIVE)
        assert active.file_results[0].filename == f"recordings/{room}.ogg", "how a start that timed out is found again"
        await caller.join(room)
        await caller.publish()
        await asyncio.sleep(0.5)  # a track is heard a moment after it was published
        said = loop.time()
        await agent.play(tone(400, 0.5))
        pause = loop.time() - said
        await caller.play(tone(800, 0.5))
        await asyncio.sleep(0.5)
        assert await house.stop(asked.egress_id) == ENDING
        await agent.play(tone(1500, 0.3))
    finally:
        await agent.leave()
        await caller.leave()
    info = await house.ended(asked.egress_id)
    (file,) = info.file_results
    ogg = await house.object(room)
    assert (status(info), file.size) == (COMPLETE, len(ogg or b""))
    assert info.started_at < file.started_at < file.ended_at, "the egress is asked for first"
    left, right = heard(ogg or b"")
    assert len(left) / WIRE_RATE == pytest.approx(file.duration / 1e9, abs=0.01)
    (began, _, agents), (answered, ended, callers) = loud(left), loud(right)
    assert agents == pytest.approx(400, abs=5)
    assert callers == pytest.approx(800, abs=5)
    assert answered - began == pytest.approx(pause, abs=0.15)
    assert 0.5 < began < ended < file.duration / 1e9 - 0.2
    assert house.told[asked.egress_id] == [
        *(("egress_started", STARTING), ("egress_updated", ACTIVE)),
        *(("egress_updated", ENDING), ("egress_ended", COMPLETE)),
    ]


async def test_each_failure_is_as_the_real_ones_are_seen(house: House) -> None:
    """As the server's list, its webhooks and the bucket show them; each in a room of its own, side by side."""
    await asyncio.gather(*(_fails(house, behaviour) for behaviour in FAILURES))


async def _nothing_starts(house: House, room: str) -> None:
    asked = await house.start(room)
    await asyncio.sleep(1.0)
    assert status(await house.found(asked.egress_id)) == STARTING
    await house.livekit.room.delete_room(api.DeleteRoomRequest(room=room))
    info = await house.ended(asked.egress_id)
    assert (status(info), info.error) == ("EGRESS_ABORTED", "Start signal not received")
    assert await house.object(room) is None


async def _refused(house: House, room: str) -> None:
    with pytest.raises(api.TwirpError) as refused:
        await house.start(room)
    assert refused.value.code == "resource_exhausted"
    listed = await house.livekit.egress.list_egress(api.ListEgressRequest(room_name=room))
    assert not listed.items
    await house.until((await house.start(room)).egress_id, ACTIVE)  # `times` was one


async def _nobody_bids(house: House, room: str) -> None:
    """21 s for the error: whoever asks needs a time of his own."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(house.start(room), 2.0)


async def _broken(house: House, room: str) -> None:
    asked = await house.start(room)
    info = await house.ended(asked.egress_id)
    assert status(info) == ("EGRESS_ABORTED" if room.endswith("aborts") else "EGRESS_FAILED")
    assert info.error
    assert await house.object(room) is None


async def _dead(house: House, room: str) -> None:
    asked = await house.start(room)
    await asyncio.sleep(1.5)
    await house.livekit.room.delete_room(api.DeleteRoomRequest(room=room))
    await asyncio.sleep(0.5)
    assert status(await house.found(asked.egress_id)) == ACTIVE, "nobody is there to say otherwise"
    assert [event for event, _ in house.told[asked.egress_id]] == ["egress_started", "egress_updated"]


async def _late(house: House, room: str) -> None:
    asked = await house.start(room)
    await house.until(asked.egress_id, ACTIVE)
    await house.livekit.room.delete_room(api.DeleteRoomRequest(room=room))
    await house.until(asked.egress_id, ENDING)
    await asyncio.sleep(1.0)
    assert status(await house.found(asked.egress_id)) == ENDING
    assert await house.object(room) is None
    assert status(await house.ended(asked.egress_id)) == COMPLETE
    assert await house.object(room) is not None


async def _not_there(house: House, room: str) -> None:
    asked = await house.start(room)
    await house.until(asked.egress_id, ACTIVE)
    await house.stop(asked.egress_id)
    info = await house.ended(asked.egress_id)
    assert status(info) == COMPLETE
    there = await house.object(room)
    if room.endswith("nothing"):
        assert there is None
    else:
        assert len(there or b"") == info.file_results[0].size // 3


FAILURES = {
    "never-starts": (_nothing_starts, 0),
    "refuses": (_refused, 0),
    "silent": (_nobody_bids, 0),
    "aborts": (_broken, 300),
    "fails": (_broken, 300),
    "dies": (_dead, 300),
    "late": (_late, 2500),
    "nothing": (_not_there, 0),
    "truncated": (_not_there, 0),
}


async def _fails(house: House, behaviour: str) -> None:
    shown, after_ms = FAILURES[behaviour]
    room = await house.room(f"call_{behaviour}")
    await recorder_trouble.order(house.stack.info, behaviour, room=room, after_ms=after_ms)
    await shown(house, room)


@pytest.mark.parametrize("wrong", [{"behaviour": "explodes"}, {"behaviour": "refuses", "rooom": "a"}])
async def test_a_misspelt_script_is_refused(house: House, wrong: dict[str, str]) -> None:
    """It would be a test that proves something else."""
    async with house.http.post(f"{house.stack.info.egress_url}/script", json=wrong) as answer:
        assert answer.status == 400
