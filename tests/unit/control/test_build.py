"""The application put together, without a wire: probes, settings, and the commands beside it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
from dataclasses import replace

import pytest
from livekit import api
from starlette.testclient import TestClient

from control import __main__ as command_line
from control import commands
from control.build import Outside, Recordings, build, connect, make_crew
from control.settings import ControlSettings, load
from ops.clock import SystemClock
from ops.commands import found
from ops.settings import BadSettings
from ops.tasks import TaskSet
from tests.fakes.bucket import FakeBucket
from tests.fakes.clock import FakeClock
from tests.fakes.lock import FakeLock
from tests.fakes.recorder import FakeRecorder
from tests.fakes.rooms import FakeRooms
from tests.fakes.store import FakeStore
from tests.support.a_recorded_call import Recorded
from tests.support.virtual_time import virtual_time


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> ControlSettings:
    given = {
        "LIVEKIT_URL": "ws://127.0.0.1:1",
        "LIVEKIT_API_KEY": "key",
        "LIVEKIT_API_SECRET": "a-secret-of-at-least-thirty-two-characters",
        "STATE_URL": "redis://127.0.0.1:1",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return load()


def test_it_is_ready_where_store_and_rooms_answer_and_live_in_any_case(settings: ControlSettings) -> None:
    """A store that is down is no reason to kill the process: it must be there when the store comes back."""
    rooms, store = FakeRooms(SystemClock()), FakeStore(FakeClock())
    outside = Outside(store, rooms, FakeLock(SystemClock()).contender())
    with TestClient(build(settings, outside)) as client:
        assert client.get("/ready").json() == {
            "ready": True,
            "components": {"store": True, "livekit": True},
            "leads": True,
        }
        rooms.is_down = True
        assert client.get("/ready").status_code == 503
        assert client.get("/live").status_code == 200
        page = client.get("/metrics").text
        assert "control_leading 1.0" in page
        assert "control_loop_lag_seconds" in page
    assert store.closed


def test_a_store_of_another_kind_is_named(settings: ControlSettings) -> None:
    """memory:// is one process' own: nobody else could see its leases."""
    state = settings.state.model_copy(update={"url": "ftp://x"})
    with pytest.raises(BadSettings, match="ftp://"):
        connect(replace(settings, state=state))


def test_without_a_bucket_it_is_said_at_the_start(
    settings: ControlSettings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the name of the variable; with one there is nothing to say, and nobody is asked yet."""
    given = connect(settings).recordings
    assert given is not None
    assert given.bucket is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "RECORDING_BUCKET" in str(vars(caplog.records[0]))
    caplog.clear()
    monkeypatch.setenv("RECORDING_BUCKET", "calls")
    monkeypatch.setenv("RECORDING_PREFIX", "here")
    given = connect(load()).recordings
    assert given is not None
    assert (given.bucket is not None, given.prefix, caplog.records) == (True, "here", [])


def test_a_bucket_that_is_away_is_told_of_and_keeps_nobody_from_being_ready(settings: ControlSettings) -> None:
    """Calls are revived without it."""
    bucket, recorder = FakeBucket(), FakeRecorder(SystemClock())
    bucket.down = True
    lock = FakeLock(SystemClock()).contender()
    outside = Outside(FakeStore(FakeClock()), FakeRooms(SystemClock()), lock, None, Recordings(recorder, bucket))
    with TestClient(build(settings, outside)) as client:
        answer = client.get("/ready").json()
        assert (answer["ready"], answer["components"]["bucket"]) == (True, False)
    assert (bucket.closed, recorder.closed) == (True, True)


@virtual_time
async def test_whoever_leads_looks_for_recordings() -> None:
    """The leader's duty has the prover in it, also where there is no bucket: each call is alarmed then."""
    w = Recorded()
    lock = FakeLock(w.clock).contender()
    outside = Outside(w.store, FakeRooms(w.clock), lock, None, Recordings(w.recorder))
    tasks = TaskSet("test")
    tasks.spawn(make_crew(outside, w.clock, w.metrics, worker="receptionist").leader.run(), name="leader")
    call = await w.ended()
    await asyncio.sleep(50.0)
    await tasks.aclose()
    assert (await call.recording()).trouble == "no_bucket"


def test_a_webhook_of_an_abort_is_alarmed_at_once(settings: ControlSettings) -> None:
    """Not at the next look, which comes after 15 s: by the time that the server repeats itself the alarm is there."""
    w = Recorded()
    call = asyncio.run(w.call())
    outside = Outside(
        w.store, FakeRooms(SystemClock()), FakeLock(SystemClock()).contender(), None, Recordings(w.recorder, w.bucket)
    )
    with TestClient(build(settings, outside)) as client:
        _until(client, "control_leading 1.0")
        time.sleep(0.5)  # it has looked at the call, and found nothing wrong
        w.recorder.breaks(call.egress_id)
        told = {
            "event": "egress_ended",
            "id": "EV_1",
            "egressInfo": {
                "egress_id": call.egress_id,
                "room_name": call.record.room,
                "status": "EGRESS_ABORTED",
                "room_composite": {"file_outputs": [{"filepath": call.name}]},
            },
        }
        body = json.dumps(told).encode()
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        token = api.AccessToken("key", settings.livekit.api_secret.get_secret_value()).with_sha256(digest).to_jwt()
        assert client.post("/webhooks/livekit", content=body, headers={"authorization": token}).status_code == 200
        _until(client, 'control_recordings_total{line="main",result="broken"} 1.0')


def _until(client: TestClient, line: str) -> None:
    for _ in range(100):
        if line in client.get("/metrics").text:
            return
        time.sleep(0.05)
    raise AssertionError(line)


def test_every_mistake_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker's memory:// is refused, and what is missing is named, all at once."""
    for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STATE_URL", "memory://")
    monkeypatch.setenv("CONTROL_PORT", "eighty")
    with pytest.raises(BadSettings) as raised:
        load()
    for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "STATE_URL", "CONTROL_PORT"):
        assert name in str(raised.value)


def test_the_command_line_says_which_commands_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Each module of control/commands/ is one; without one, status 2 and the list."""
    with pytest.raises(SystemExit) as left:
        command_line.main([])
    assert left.value.code == 2
    assert "usage: python -m control" in capsys.readouterr().err
    for command in found(commands).values():
        assert command.HELP
