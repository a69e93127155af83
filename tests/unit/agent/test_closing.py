"""The end of a call is reached from everywhere: a step that breaks or hangs must not keep the later ones from coming.
A room server that dropped the connection once left the job alive for ever, and the worker full of dead calls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
from livekit.agents import AgentSession, JobContext

from agent.closing import HANDED_OVER, SUPERSEDED, Closing
from agent.endings import Ending
from agent.keeping import Keeping
from agent.recording.assemble import Kept
from calls.outcome import Outcome
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.support.an_app import an_app
from tests.support.virtual_time import virtual_time
from tests.unit.agent.test_chronicle import record

BYE = Ending(Outcome.RESOLVED, "agent_said_goodbye")

Step = Callable[[], Awaitable[None]]


async def fine() -> None: ...


async def hangs() -> None:
    await asyncio.Event().wait()


def fails(error: Exception) -> Step:
    async def step() -> None:
        raise error

    return step


class Scene:
    """A call with scripted outsiders: the session's close and the room's deletion."""

    def __init__(self, close_session: Step = fine, delete_room: Step = fine) -> None:
        self.ended: list[str] = []
        self.deleted: list[str] = []
        self.clock = FakeClock()
        self.store = FakeStore(self.clock)
        self.keeping = Keeping(an_app(self.store, self.clock), TaskSet("call"), lambda: None)

        async def delete(request: Any) -> None:
            self.deleted.append(request.room)
            await delete_room()

        context = SimpleNamespace(
            is_fake_job=lambda: False,
            job=SimpleNamespace(room=SimpleNamespace(name="r")),
            api=SimpleNamespace(room=SimpleNamespace(delete_room=delete)),
            shutdown=self.ended.append,
        )
        self.closing = Closing(cast(JobContext, context), self.keeping, self.clock)
        self.closing.chronicle = self.chronicle = self.keeping.chronicle(record(), None)
        session = SimpleNamespace(aclose=close_session, stt=None, llm=None, tts=None)
        self.closing.session = cast(AgentSession[None], session)


@pytest.mark.parametrize(
    "scene",
    [
        Scene,
        lambda: Scene(close_session=hangs),
        lambda: Scene(close_session=fails(RuntimeError("closed"))),
        lambda: Scene(delete_room=hangs),
        lambda: Scene(delete_room=fails(aiohttp.ServerDisconnectedError())),
        lambda: Scene(close_session=hangs, delete_room=fails(OSError())),
    ],
)
@virtual_time
async def test_the_end_is_reached_whatever_breaks(scene: Callable[[], Scene]) -> None:
    """The record says how it ended, the room was asked to go, and the job ends: in every case."""
    call = scene()
    await call.closing.finish(BYE)
    assert call.chronicle.record.outcome is Outcome.RESOLVED
    assert call.deleted == ["r"]
    assert call.ended == ["agent_said_goodbye"]
    await call.closing.release(BYE)
    assert call.deleted == ["r"]


@virtual_time
async def test_an_unforeseen_error_ends_the_job_too() -> None:
    """What no step foresees is raised, for the log, but only after the record is closed and the job is over."""
    call = Scene(close_session=fails(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        await call.closing.finish(BYE)
    assert call.chronicle.record.closed
    assert call.ended == ["agent_said_goodbye"]
    await call.closing.release(BYE)


@virtual_time
async def test_a_call_cut_off_by_the_worker_has_failed() -> None:
    """The job was told to end in mid-call: the record must not stay open."""
    call = Scene()
    await call.closing.release(Ending(Outcome.FAILED, "worker_shutdown", "broken"))
    assert call.chronicle.record.outcome is Outcome.FAILED
    assert call.deleted == ["r"]


@pytest.mark.parametrize("reason", [SUPERSEDED, HANDED_OVER])
@virtual_time
async def test_a_call_that_goes_on_with_another_worker_is_left_as_it_is(reason: str) -> None:
    """The caller is still there: a room deleted or a record closed now would end a call that another has in hand."""
    call = Scene()
    await call.closing.finish(Ending(Outcome.FAILED, reason))
    await call.closing.release(Ending(Outcome.FAILED, "worker_shutdown"))
    assert not call.chronicle.record.closed
    assert call.deleted == []
    assert call.ended == [reason]


@virtual_time
async def test_no_file_of_the_recording_is_begun_from_the_end_on() -> None:
    """The session takes seconds to close: a recording that broke just now would be begun again in a room that goes."""
    told: list[str] = []

    async def closes() -> None:
        told.append("session")

    async def aclose() -> None:
        told.append("let go")

    call = Scene(close_session=closes)
    kept = SimpleNamespace(
        wind_up=lambda: told.append("wind up"), close=lambda: told.append("hands off"), aclose=aclose
    )
    call.closing.recording = cast(Kept, kept)
    await call.closing.finish(BYE)
    assert told == ["wind up", "session", "hands off", "let go"]
    await call.closing.release(BYE)
