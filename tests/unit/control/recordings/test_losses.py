"""Each way in which a recording can be lost: alarmed within a minute, and settled by the worker's own track."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from calls.ports import EgressStatus
from calls.recording import RecordingState
from tests.support.a_recorded_call import TALKED_S, Recorded, RecordedCall
from tests.support.ogg_file import ogg_file, page
from tests.support.virtual_time import virtual_time


def _says(status: EgressStatus) -> Callable[[RecordedCall], None]:
    return lambda call: call.egress(status)


def _hangs(call: RecordedCall) -> None:
    """Killed: neither an end nor a file, and stopping it does nothing."""
    call.world.recorder.stops_after_s = None


def _forgotten(call: RecordedCall) -> None:
    call.world.recorder.items.clear()


def _down(call: RecordedCall) -> None:
    call.world.recorder.is_down = True


def _file(data: bytes) -> Callable[[RecordedCall], None]:
    def lands(call: RecordedCall) -> None:
        call.egress()
        call.world.bucket.put(call.name, data)

    return lands


def _bucket_down(call: RecordedCall) -> None:
    call.lands()
    call.world.bucket.down = True


def _refused(call: RecordedCall) -> None:
    call.lands()
    call.world.bucket.refuses = "no_permission"


LOSSES = [
    ("aborted", _says(EgressStatus.ABORTED), "aborted"),
    ("failed", _says(EgressStatus.FAILED), "failed"),
    ("uploads nothing", _says(EgressStatus.COMPLETE), "no_object"),
    ("never ends", _hangs, "not_ended"),
    ("forgotten", _forgotten, "no_object"),
    ("server down", _down, "recorder_unreachable"),
    ("half of it", _file(ogg_file(TALKED_S / 2)), "too_short"),
    ("cut off", _file(ogg_file(TALKED_S)[:2000]), "too_short"),
    ("empty", _file(b""), "empty"),
    ("no sound", _file(ogg_file(0.0)), "empty"),
    ("an error page", _file(b"<html>no such bucket</html>"), "no_ogg"),
    ("one channel", _file(ogg_file(TALKED_S, channels=1)), "one_channel"),
    ("a length without sound", _file(ogg_file(5.0) + page(b"\xfc", position=48_000 * 3600, serial=7)), "damaged"),
    ("bucket down", _bucket_down, "bucket_down"),
    ("no permission", _refused, "no_permission"),
]


@pytest.mark.parametrize(("injected", "trouble"), [loss[1:] for loss in LOSSES], ids=[loss[0] for loss in LOSSES])
def test_a_loss_is_alarmed_within_a_minute(
    injected: Callable[[RecordedCall], None], trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Of every kind, without a webhook: an ERROR that names the call, the metrics, and the record says why."""

    @virtual_time
    async def run() -> None:
        w = Recorded()
        async with w.prover():
            call = await w.ended()
            injected(call)
            await asyncio.sleep(44.0)
            assert await call.state() is RecordingState.ENDED
            await asyncio.sleep(6.0)
            found = await call.recording()
            assert (found.state, found.trouble) == (RecordingState.MISSING, trouble)
            assert w.value("control_recordings_missing") == w.count("missing") == w.count("broken") == 1
            errors = [record.message for record in caplog.records if record.levelname == "ERROR"]
            assert errors == ["recording broke", "recording is not there"]
            await asyncio.sleep(300.0)
            assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 2  # told once

    run()


@pytest.mark.parametrize(
    ("injected", "trouble"), [loss[1:] for loss in LOSSES[:13]], ids=[loss[0] for loss in LOSSES[:13]]
)
def test_the_workers_own_track_is_taken_in_its_place(injected: Callable[[RecordedCall], None], trouble: str) -> None:
    """It came 9 s after the end: the record says so, the sidecar lists both, and it is not missing."""

    @virtual_time
    async def run() -> None:
        w = Recorded()
        async with w.prover():
            call = await w.ended()
            injected(call)
            await asyncio.sleep(9.0)
            backup = call.backup()
            await asyncio.sleep(41.0)
            found = await call.recording()
            assert (found.state, found.trouble, found.backups) == (RecordingState.BACKUP, trouble, (backup,))
            assert (w.count("backup"), w.count("broken"), w.count("missing")) == (1, 1, 0)
            said = json.loads(w.bucket.kept[call.names.sidecar].data)
            kinds = {file["name"]: (file["kind"], file["proven"]) for file in said["audio"]}
            assert kinds[backup] == ("backup", False)
            assert said["turns"][0]["audio"][-1] == {"name": backup, "began_s": 5.0, "ended_s": 8.0}
            assert w.bucket.kept[backup].about.delete_at is not None

    run()
