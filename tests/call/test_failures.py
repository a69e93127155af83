"""Every row of agent/failures.py, played in real calls: the caller hears words, never dead air, and the call goes on.

Where a process is killed it is killed as the kernel would: SIGKILL, no goodbye.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from agent.diary.file import transaction
from agent.failures import FAILURES, Failure
from config.phrases.english import ENGLISH
from local.caller.talk import Heard
from local.paths import ROOT
from local.stack import Stack
from tests.support.calls import PATIENCE_S, Call, answers, is_said, ring
from tests.support.workers import worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTION = "What are your opening hours?"
WELL = {"text": "Yes, we are open today."}  # short: what is tested here is not the receptionist
FAREWELL = ENGLISH.failures["farewell"]
_PHRASES = set(ENGLISH.failures.values())
_played = {Failure.WORKER_DIED}  # tests/call/test_take_over.py plays it, in each of its calls
_T = TypeVar("_T", bound=Callable[..., Any])


def plays(*rows: Failure) -> Callable[[_T], _T]:
    """Marks a test as the one that plays these rows."""
    _played.update(rows)
    return lambda test: test


@plays(Failure.LLM_SLOW, Failure.LLM_DOWN)
async def test_a_model_that_is_slow_broken_or_gone_costs_a_turn_and_not_the_call(stack: Stack) -> None:
    """Slow: a filler, then the answer. Errors, or no process at all: an apology, and the next turn is answered."""
    async with ring(stack) as call:
        await call.greeting()
        await answers(stack, {"delay_ms": 3400, **WELL})
        await call.talk.say(QUESTION)
        filler = await call.talk.heard_answer(PATIENCE_S, finished_s=0.4)
        await call.written(answered(1))
        await call.talk.quiet(1.0)
        await answers(stack, {"status": 500})
        failed = await call.ask(QUESTION)
        stack.process("llm").kill()
        gone = await call.ask(QUESTION)
        await stack.process("llm").restart()
        await answers(stack, WELL)
        await call.ask(QUESTION)
    assert await heard(filler, Failure.LLM_SLOW)
    assert await heard(failed, Failure.LLM_DOWN)
    assert await heard(gone, Failure.LLM_DOWN)
    assert handled(call) == [Failure.LLM_SLOW, Failure.LLM_DOWN, Failure.LLM_DOWN]
    assert call.said("agent")[-1] == WELL["text"]
    assert call.record["outcome"] == "resolved"


async def test_a_model_that_stays_down_ends_the_call_in_words(stack: Stack) -> None:
    """It hangs, breaks off, says nothing: three turns are borne, then a goodbye instead of a third apology."""
    async with ring(stack) as call:
        await call.greeting()
        await answers(stack, {"hang": True})
        await call.talk.say(QUESTION)
        await call.written(answered(1))
        await call.talk.quiet(1.0)
        await answers(stack, {"cut_after": 4})
        await call.ask(QUESTION)
        await answers(stack, {"text": ""})
        await call.talk.say(QUESTION)
        farewell = await call.talk.heard_answer(PATIENCE_S)
        await call.ended()
    assert await is_said(farewell, FAREWELL, *(_PHRASES - {FAREWELL}))
    assert [row for row in handled(call) if row is not Failure.LLM_SLOW] == 3 * [Failure.LLM_DOWN]
    assert call.record["outcome"] == "failed"
    assert call.record["failure"] == "llm_down"


@plays(Failure.STT_DEAF)
async def test_a_recogniser_killed_in_mid_word_loses_nothing_and_one_that_stays_away_is_owned_up_to(
    stack: Stack,
) -> None:
    """Back soon: what was said meanwhile is answered. Gone: the caller is told so, and in the end told goodbye."""
    async with ring(stack) as call:
        await call.greeting()
        await answers(stack, WELL)
        await asyncio.gather(call.talk.say(QUESTION), kill_and_restart_when_heard(stack, call))
        await call.written(lambda event: event["kind"] == "caller_spoke" and "hours" in event["text"])
        await call.written(lambda event: event["kind"] == "agent_spoke" and event["text"] == WELL["text"])
        await call.talk.quiet(1.0)
        before = len([event for event in await call.so_far() if event["kind"] == "failure_handled"])
        stack.process("riva").kill()
        deaf = await call.ask(QUESTION)
        await call.ask(QUESTION)
        await call.talk.say(QUESTION)
        farewell = await call.talk.heard_answer(PATIENCE_S)
        await call.ended()
    assert await heard(deaf, Failure.STT_DEAF)
    assert await is_said(farewell, FAREWELL, *(_PHRASES - {FAREWELL}))
    assert handled(call)[before:] == 3 * [Failure.STT_DEAF]
    assert call.record["outcome"] == "failed"
    assert call.record["failure"] == "stt_deaf"


@plays(Failure.TTS_DOWN)
async def test_a_dead_speech_server_is_announced_by_a_phrase_made_before(stack: Stack) -> None:
    """The agent has no voice, and the caller hears words all the same; the answer after the restart is spoken."""
    async with ring(stack) as call:
        await call.greeting()
        await answers(stack, WELL)
        stack.process("tts").kill()
        silenced = await call.ask(QUESTION)
        await stack.process("tts").restart()
        again = await call.ask(QUESTION)
    assert await heard(silenced, Failure.TTS_DOWN)
    assert handled(call) == [Failure.TTS_DOWN]
    assert await is_said(again, WELL["text"], *_PHRASES)
    assert call.record["outcome"] == "resolved"


@plays(Failure.STORE_DOWN)
async def test_a_store_that_breaks_in_mid_call_is_not_noticed_by_the_caller(stack: Stack) -> None:
    """The talk goes on as if nothing was; when the store is back the record is complete, in order."""
    async with ring(stack) as call:
        await call.greeting()
        await answers(stack, WELL)
        await call.written(answered(0))
        async with no_store(stack):
            answer = await call.ask(QUESTION)
        await call.written(met(Failure.STORE_DOWN))
    assert await is_said(answer, WELL["text"], *_PHRASES)
    assert call.record["turns"] == 1
    assert call.record["outcome"] == "resolved"


@plays(Failure.TOOL_FAILED, Failure.TOOL_HANGS)
async def test_a_tool_that_raises_or_hangs_is_admitted_and_the_call_goes_on(stack: Stack) -> None:
    """A locked diary, then one that never answers: nothing is confirmed, and the next question is answered."""
    diary = stack.info.data_dir / "agent" / "diary.sqlite3"
    booking = {"name": "Alice Smith", "day": "next tuesday", "time": "ten", "reason": "a check"}
    async with ring(stack) as call:
        await call.greeting()
        for broken, row in ((locked(diary), Failure.TOOL_FAILED), (hanging(diary), Failure.TOOL_HANGS)):
            async with broken:
                await answers(stack, {"tool": "book_appointment", "arguments": booking})
                await call.talk.say("I would like to book an appointment.")
                await call.written(met(row))
                await answers(stack, {})
                await call.talk.heard_answer(PATIENCE_S)
        await answers(stack, WELL)
        await call.ask(QUESTION)
    assert {Failure.TOOL_FAILED, Failure.TOOL_HANGS} == set(handled(call)) - {Failure.LLM_SLOW}
    assert not any(event["ok"] for event in call.of_kind("tool_called"))
    assert not any("booked" in text.lower() for text in call.said("agent"))
    assert "appointment" not in call.record["data"]
    assert call.said("agent")[-1] == WELL["text"]


@plays(Failure.BROKEN)
async def test_a_bug_of_ours_ends_in_a_goodbye(stack: Stack, tmp_path: Path) -> None:
    """A part of the call raises: the caller is told, the record closed as failed; not a line that has gone silent."""
    command = (sys.executable, str(ROOT / "tests" / "support" / "broken_worker.py"), "start")
    async with worker(stack, tmp_path, name="buggy", command=command) as buggy, ring(stack, info=buggy.info) as call:
        await call.greeting()
        await call.leg.dtmf("1")
        farewell = await call.talk.heard_answer(PATIENCE_S)
        await call.ended()
    assert await is_said(farewell, FAREWELL, *(_PHRASES - {FAREWELL}))
    assert handled(call) == [Failure.BROKEN]
    assert call.record["outcome"] == "failed"
    assert call.of_kind("call_ended")[0]["reason"] == "broken"


@plays(Failure.BAD_DISPATCH)
async def test_a_dispatch_that_makes_no_sense_is_answered_by_the_line_itself(stack: Stack) -> None:
    """Metadata is written by others: whatever it says, a caller who is there is greeted."""

    async def greeted(metadata: str) -> Call:
        async with ring(stack, metadata=metadata) as call:
            await call.greeting()
        return call

    wrong = ('{"persona": "nobody", "line": "nowhere"}', "{not json")
    for call in await asyncio.gather(*(greeted(metadata) for metadata in wrong)):
        assert handled(call) == [Failure.BAD_DISPATCH]
        assert call.record["persona"] == "clinic-receptionist"
        assert call.record["outcome"] == "abandoned"


@pytest.mark.parametrize("row", FAILURES)
async def test_every_row_of_the_table_is_played(row: Failure) -> None:
    """A failure without a call that plays it is words that nobody has ever heard."""
    assert row in _played


async def heard(answer: Heard, row: Failure) -> bool:
    """Were the row's words heard, rather than another row's?"""
    words = ENGLISH.failures[row.value]
    return await is_said(answer, words, *(_PHRASES - {words}))


def handled(call: Call) -> list[Failure]:
    return [Failure(event["failure"]) for event in call.of_kind("failure_handled")]


def met(row: Failure) -> Callable[[dict[str, Any]], bool]:
    return lambda event: event["kind"] == "failure_handled" and event["failure"] == row


def answered(turn: int) -> Callable[[dict[str, Any]], bool]:
    return lambda event: event["kind"] == "agent_spoke" and event["turn"] == turn


async def kill_and_restart_when_heard(stack: Stack, call: Call) -> None:
    while call.leg.handset.caller.onset_after(0.0) is None:
        await call.leg.handset.caller.more()
    stack.process("riva").kill()
    await stack.process("riva").restart()


@asynccontextmanager
async def no_store(stack: Stack) -> AsyncIterator[None]:
    """The Redis of the calls is killed, and started again at the end with what it kept."""
    stack.process("state").kill()
    try:
        yield
    finally:
        await stack.process("state").restart()


@asynccontextmanager
async def locked(diary: Path) -> AsyncIterator[None]:
    """Another program holds the diary for itself."""
    with transaction(diary):
        pass  # it exists
    db = sqlite3.connect(diary, isolation_level=None)
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        db.close()


@asynccontextmanager
async def hanging(diary: Path) -> AsyncIterator[None]:
    """Opening the diary never returns: SQLite finds a journal to roll back, and reading it waits for a writer."""
    journal = diary.with_name(f"{diary.name}-journal")
    os.mkfifo(journal)
    try:
        yield
    finally:
        os.close(os.open(journal, os.O_WRONLY | os.O_NONBLOCK))
        journal.unlink()
