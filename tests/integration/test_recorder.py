"""The recorder's adapter on the wire: what it asks for, and what it makes of answers that are late, no, or none."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from livekit import api

from calls.ports import EgressStatus, RecorderDown
from recording.egress import LiveKitRecorder
from tests.fakes.egress_server import EgressServer, egress_server

NAME = "recordings/2026/11/21/clinic/019a0000-0000-7000-8000-000000000001.ogg"


@pytest.fixture
async def server() -> AsyncIterator[EgressServer]:
    async with egress_server() as running:
        yield running


@pytest.fixture
async def recorder(server: EgressServer) -> AsyncIterator[LiveKitRecorder]:
    adapter = LiveKitRecorder(server.url, "key", "secret" * 8, start_s=0.3)
    yield adapter
    await adapter.aclose()


async def test_two_channels_of_a_phones_rate_are_asked_for_and_no_credentials_sent(
    server: EgressServer, recorder: LiveKitRecorder
) -> None:
    """The object's name is all that the request says of the storage."""
    egress = await recorder.start("room", NAME)
    (asked,) = server.requests
    (file,) = asked.file_outputs
    assert (egress.egress_id, egress.name, egress.status) == ("EG_1", NAME, EgressStatus.STARTING)
    assert (asked.room_name, asked.audio_only, asked.layout, asked.custom_base_url) == ("room", True, "", "")
    assert asked.audio_mixing == api.AudioMixing.DUAL_CHANNEL_AGENT
    assert (file.filepath, file.file_type, file.disable_manifest) == (NAME, api.EncodedFileType.OGG, True)
    assert file.WhichOneof("output") is None
    assert asked.advanced.audio_codec == api.AudioCodec.OPUS
    assert asked.advanced.audio_bitrate == 32


async def test_a_start_that_was_not_answered_in_time_but_began_is_found(
    server: EgressServer, recorder: LiveKitRecorder
) -> None:
    """Else it would go on recording with nobody knowing of it."""
    server.hangs.add("StartRoomCompositeEgress")
    assert (await recorder.start("room", NAME)).egress_id == "EG_1"


async def test_a_refused_or_late_start_is_down_with_a_reason(server: EgressServer, recorder: LiveKitRecorder) -> None:
    server.refuses["StartRoomCompositeEgress"] = "unavailable"
    with pytest.raises(RecorderDown) as refused:
        await recorder.start("room", NAME)
    assert refused.value.reason == "unavailable"
    server.refuses.clear()
    server.ignores.add("StartRoomCompositeEgress")
    with pytest.raises(RecorderDown) as late:
        await recorder.start("room", NAME)
    assert late.value.reason == "timeout"


async def test_what_has_ended_may_be_ended_again(server: EgressServer, recorder: LiveKitRecorder) -> None:
    await recorder.start("room", NAME)
    await recorder.stop("EG_1")
    seen = await recorder.of_id("EG_1")
    assert seen is not None
    assert seen.status is EgressStatus.ENDING
    for code in ("not_found", "failed_precondition"):
        server.refuses["StopEgress"] = code
        await recorder.stop("EG_1")
    server.refuses["StopEgress"] = "unavailable"
    with pytest.raises(RecorderDown):
        await recorder.stop("EG_1")


async def test_what_egress_says_of_its_file_is_read(server: EgressServer, recorder: LiveKitRecorder) -> None:
    """Nanoseconds become seconds, and an id that nobody knows is None. A recording begins with the first sample of its
    file, which is about a second after egress was asked; one without a sample never did."""
    info = api.EgressInfo(
        egress_id="EG_9",
        room_name="room",
        status=api.EgressStatus.EGRESS_COMPLETE,
        started_at=1_789_999_999_000_000_000,
        ended_at=1_790_000_012_490_000_000,
    )
    began, ended = 1_790_000_000_000_000_000, 1_790_000_012_500_000_000
    info.file_results.add(filename=NAME, size=4321, duration=12_500_000_000, started_at=began, ended_at=ended)
    nothing = api.EgressInfo(
        egress_id="EG_8", room_name="empty", status=api.EgressStatus.EGRESS_FAILED, started_at=began
    )
    nothing.ended_at = ended
    nothing.file_results.add(filename=NAME, started_at=ended, ended_at=ended)
    server.items += [info, nothing]
    (never,) = await recorder.of_room("empty")
    assert (never.started_at, never.ended_at) == (None, 1_790_000_012.5)
    (found,) = await recorder.of_room("room")
    assert (found.name, found.size, found.duration_s, found.started_at, found.ended_at) == (
        *(NAME, 4321, 12.5),
        *(1_790_000_000.0, 1_790_000_012.5),
    )
    assert found.status.ended
    assert await recorder.of_id("EG_unknown") is None
    assert await recorder.of_room("elsewhere") == ()


async def test_a_server_that_is_not_there_is_down() -> None:
    recorder = LiveKitRecorder("http://127.0.0.1:1", "key", "secret" * 8)
    with pytest.raises(RecorderDown, match="unreachable"):
        await recorder.of_room("room")
    await recorder.aclose()
