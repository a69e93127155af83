"""A call outlives its worker. What a caller hears when a process dies under their call, and what is written down.

Every process is killed as the kernel would: SIGKILL, no goodbye.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.diary.diary import Diary
from agent.diary.entries import Appointment
from config.phrases.english import ENGLISH
from local.stack import Stack
from ops.deadline import deadline
from tests.support.calls import PATIENCE_S, Call, answers, is_said, ring
from tests.support.workers import Worker, gone, job_process, worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

SORRY = ENGLISH.failures["worker_died"]
QUESTION = "What are your opening hours?"
OPEN = {"text": "Yes, we are open today."}
BOOKING = {"name": "Bob Jones", "day": "next wednesday", "time": "eleven", "reason": "a check"}  # a slot of its own


async def test_a_killed_job_process_is_replaced_and_the_talk_goes_on(stack: Stack) -> None:
    """The caller hears an apology and the agent's last words; what was said before is known; nothing is said twice."""
    async with ring(stack) as call:
        await call.greeting()
        await answers(stack, OPEN)
        await call.ask(QUESTION)
        await call.written(answered(1))
        (await job_process(stack, call.call_id)).kill()
        back = await call.talk.heard_answer(PATIENCE_S)
        await call.ask(QUESTION)
    assert await is_said(back, f"{SORRY} I was saying: {OPEN['text']}", SORRY, OPEN["text"])
    assert_taken_over(call)
    assert call.record["turns"] == 2
    assert call.record["outcome"] == "resolved"


def assert_taken_over(call: Call, epoch: int = 2) -> None:
    """One record, in the last worker's hands; the events of all of them once each, in order."""
    assert call.record["epoch"] == epoch
    assert [event["epoch"] for event in call.of_kind("call_resumed")] == list(range(2, epoch + 1))
    assert len(call.of_kind("call_started")) == len(call.of_kind("call_ended")) == 1
    assert len({(event.get("epoch", 1), event["seq"]) for event in call.events}) == len(call.events)


async def test_a_machine_that_goes_away_loses_no_call(stack: Stack, tmp_path: Path) -> None:
    """The worker dies with all its processes, so nobody says so: the lease runs out, and the agent does not answer."""
    async with pair(stack, tmp_path) as (first, second), ring(stack, info=first.info) as call:
        await call.greeting()
        await answers(stack, OPEN)
        await call.ask(QUESTION)
        await call.written(answered(1))
        (await holder(call.call_id, first, second)).kill()
        back = await call.talk.heard_answer(PATIENCE_S)
        await call.ask(QUESTION)
    assert await is_said(back, f"{SORRY} I was saying: {OPEN['text']}", SORRY, OPEN["text"])
    assert_taken_over(call)


async def test_a_worker_that_hangs_and_wakes_up_again_does_not_talk_into_the_call(stack: Stack) -> None:
    """It is frozen for longer than its lease. Awake, it finds the call another's: it leaves, and writes nothing."""
    async with ring(stack) as call:
        await call.greeting()
        await answers(stack, OPEN)
        await call.ask(QUESTION)
        await call.written(answered(1))
        hung = await job_process(stack, call.call_id)
        hung.suspend()
        await call.talk.heard_answer(PATIENCE_S)
        hung.resume()
        assert await gone([hung])
        await call.ask(QUESTION)
    assert_taken_over(call)
    assert call.record["outcome"] == "resolved"


async def test_a_question_that_was_asked_before_the_crash_is_answered_after_it(stack: Stack) -> None:
    """The caller need not say it again."""
    async with ring(stack) as call:
        await call.greeting()
        await answers(stack, {"delay_ms": 20_000, **OPEN})
        await call.talk.say(QUESTION)
        await call.written(lambda event: event["kind"] == "caller_spoke")
        await answers(stack, OPEN)
        (await job_process(stack, call.call_id)).kill()
        await call.written(answered(1))
        await call.talk.quiet(1.0)
    assert_taken_over(call)
    assert call.said("agent")[-1] == OPEN["text"]
    assert call.record["turns"] == 1


async def test_what_was_booked_when_the_worker_died_is_not_booked_again(stack: Stack) -> None:
    """Killed between the diary's commit and the answer: nobody was told, so the model books once more, in vain."""
    booking = {"tool": "book_appointment", "arguments": BOOKING}
    async with ring(stack) as call:
        await call.greeting()
        await call.learn_id()
        process = await job_process(stack, call.call_id)
        await answers(stack, booking)
        await call.talk.say("Please book it.")
        await booked(stack, call.call_id)
        process.kill()
        await answers(stack, {})
        await call.talk.heard_answer(PATIENCE_S)
        await answers(stack, booking)
        await call.talk.say("Please book it.")
        await call.written(lambda event: event["kind"] == "tool_called" and event.get("epoch") == 2)
        await answers(stack, OPEN)
        await call.talk.quiet(1.0)
    assert_taken_over(call)
    assert len(await booked(stack, call.call_id)) == 1
    assert all(event["ok"] for event in call.of_kind("tool_called"))


async def test_a_worker_that_is_stopped_hands_its_calls_over(stack: Stack, tmp_path: Path) -> None:
    """A node is drained and the grace period runs out: the call goes on elsewhere instead of ending in mid-word."""
    async with pair(stack, tmp_path, AGENT_DRAIN_S="1") as (first, second), ring(stack, info=first.info) as call:
        await call.greeting()
        await call.written(answered(0))
        stopped = await holder(call.call_id, first, second)
        await stopped.stop()
        back = await call.talk.heard_answer(PATIENCE_S)
        await answers(stack, OPEN)
        await call.ask(QUESTION)
    assert await is_said(back, SORRY, OPEN["text"])
    assert_taken_over(call)


async def test_control_that_was_dead_as_well_finds_the_call_when_it_is_back(stack: Stack) -> None:
    """Two at once: nobody watched when the worker died. The lease is still there, run out."""
    async with ring(stack) as call:
        await call.greeting()
        await answers(stack, OPEN)
        await call.ask(QUESTION)
        await call.written(answered(1))
        stack.process("control").kill()
        (await job_process(stack, call.call_id)).kill()
        await stack.process("control").restart()
        await call.talk.heard_answer(PATIENCE_S)
        await call.ask(QUESTION)
    assert_taken_over(call)


@asynccontextmanager
async def pair(stack: Stack, folder: Path, **variables: str) -> AsyncIterator[tuple[Worker, Worker]]:
    """Two workers of one name: either may take a call, and the other takes it over."""
    async with (
        worker(stack, folder / "first", name=folder.name, **variables) as first,
        worker(stack, folder / "second", name=folder.name, **variables) as second,
    ):
        yield first, second


async def holder(call_id: str, *workers: Worker) -> Worker:
    """The one of these that has the call."""
    for each in workers:
        if call_id in await asyncio.to_thread(each.said):
            return each
    raise AssertionError(f"no worker has call {call_id}")


async def booked(stack: Stack, call_id: str) -> list[Appointment]:
    """The call's appointments, as soon as there is one."""
    diary = Diary(stack.info.data_dir / "agent" / "diary.sqlite3")
    async with deadline(PATIENCE_S, "an appointment"):
        while not (found := [each for each in await diary.appointments() if each.call_id == call_id]):
            await asyncio.sleep(0.01)
    return found


def answered(turn: int) -> Callable[[dict[str, Any]], bool]:
    return lambda event: event["kind"] == "agent_spoke" and event["turn"] == turn
