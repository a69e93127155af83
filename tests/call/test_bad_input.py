"""Callers, models and dispatches that behave badly: each leaves a closed record with an outcome (held by `ring`), no
room and no job process behind, and a caller who stays is answered.

A failing dispatch and a failing tool are in test_failures.py, a caller who never speaks in test_interruptions.py.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil  # type: ignore[import-untyped]
import pytest
import pytest_asyncio

from agent.failures import Failure
from agent.turns.answer import GO_ON, LONGEST_ANSWER
from calls.policy import TurnPolicy
from config.phrases.english import ENGLISH
from local.caller.legs import Leg, PhoneLeg, WebLeg
from local.caller.sound import WIRE_RATE, Pcm, silence
from local.caller.voice import speak
from local.readiness import wait_until
from local.records import Records, reading
from local.stack import Stack
from ops.deadline import deadline
from tests.support import house_config
from tests.support.calls import PATIENCE_S, answers, is_said, no_room, ring, trouble
from tests.support.workers import UNREACHABLE, worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTION = "What are your opening hours?"
WELL = {"text": "Yes, we are open today."}
GREETING = "hello this is the a i receptionist of lark field clinic how can i help you"
WARM = 2  # AGENT_WARM_PROCESSES' default
MARKUP = (
    "## **Welcome** 😀\n\nWe are [open](https://example.com/hours) *all* day: "
    "see https://example.com or mail desk@example.com."
)
MONOLOGUE = (
    "Well, the thing is that my back has been hurting since Monday, and on Tuesday it was better,",
    "but on Wednesday it was worse again, and then my sister said that I should call you,",
    "and I would have called yesterday, but the line was busy, and I had to go to work,",
    "so now I am calling today, because I really want to see a doctor this week or the next,",
)


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def _no_process_is_left_over(stack: Stack) -> AsyncIterator[None]:
    """After each test only the warm job processes are there."""
    yield
    assert await wait_until(lambda: len(_jobs(stack)) <= WARM, 60.0), f"job processes left over: {_jobs(stack)}"


async def test_noise_clicks_and_clipped_speech_are_survived(stack: Stack) -> None:
    """A broken headset: whatever the agent makes of it, the next question is understood and answered."""
    rng = np.random.default_rng(7)
    noise: Pcm = rng.integers(-30_000, 30_000, 3 * WIRE_RATE).astype(np.int16)
    clicks = silence(2.0)
    clicks[:: WIRE_RATE // 5] = 32_767
    speech = await speak(QUESTION)
    clipped: Pcm = np.clip(speech.astype(np.int32) * 40, -32_768, 32_767).astype(np.int16)
    async with ring(stack) as call:
        await call.greeting()
        await answers(stack, WELL)
        for garbage in (noise, clicks, clipped):
            await call.talk.say(garbage, "garbage")
        await call.talk.heard_answer(PATIENCE_S)  # an answer, or that nothing was understood
        answer = await call.ask(QUESTION)
    assert await is_said(answer, WELL["text"])
    assert "hours" in call.said("caller")[-1]
    assert call.record["outcome"] == "resolved"


async def test_a_model_and_a_caller_without_end_are_both_stopped(stack: Stack, tmp_path: Path) -> None:
    """5,000 characters of answer: bounded, and the caller asked whether to go on. 20 s of speech without a pause where
    the policy allows 5 s (10 minutes, where it allows 60 s, take longer than a test): the agent cuts in. Both at once,
    each in a call of its own."""
    talking = asyncio.Event()
    long_answer, cut_in = await asyncio.gather(_endless_answer(stack, talking), _monologue(stack, talking, tmp_path))
    assert long_answer[-1].endswith(GO_ON)
    assert LONGEST_ANSWER <= len(long_answer[-1]) < LONGEST_ANSWER + 300
    assert any(TurnPolicy().words.startswith(text[:20]) for text in cut_in), cut_in


async def _endless_answer(stack: Stack, talking: asyncio.Event) -> list[str]:
    async with ring(stack) as call:
        await call.greeting()
        await answers(stack, {"text": "Our doctors see patients of every age. " * 130})
        await call.talk.say(QUESTION)
        await call.leg.handset.agent.more()
        await answers(stack, WELL)
        talking.set()
        await call.talk.heard_answer(PATIENCE_S)
    return call.said("agent")


async def _monologue(stack: Stack, talking: asyncio.Event, folder: Path) -> list[str]:
    spoken = np.concatenate([_trimmed(await speak(sentence)) for sentence in MONOLOGUE])
    config = await asyncio.to_thread(_short_turns, folder)
    async with worker(stack, folder, name="impatient", CALL_CENTER_CONFIG=str(config)) as impatient:
        await talking.wait()
        async with ring(stack, info=impatient.info) as call:
            await call.greeting()
            await call.talk.say(spoken, "a monologue")
            await call.talk.quiet(3.0)
        return call.said("agent")


def _trimmed(pcm: Pcm) -> Pcm:
    """Without the silence before and after the words."""
    (loud,) = np.nonzero(np.abs(pcm.astype(np.int32)) > 300)
    return pcm[loud[0] : loud[-1] + 1]


async def test_markup_emoji_and_addresses_are_spoken_as_words(stack: Stack) -> None:
    """Nobody hears an asterisk or "h t t p s colon slash slash"."""
    async with ring(stack) as call:
        await call.greeting()
        await answers(stack, {"text": MARKUP})
        answer = await call.ask(QUESTION)
    assert await is_said(
        answer,
        "welcome we are open all day see example dot com or mail desk at example dot com",
        "number number star star welcome star star we are open star all star day see h t t p s colon slash slash",
    )


async def test_calls_of_tools_that_do_not_exist_or_fit_are_no_dead_end(stack: Stack) -> None:
    """Small models invent tools and leave arguments out: they are told so, and the caller gets an answer."""
    wrong = ({"tool": "launch_rocket"}, {"tool": "book_appointment", "arguments": {"when": "now", "day": "x" * 500}})
    async with ring(stack) as call:
        await call.greeting()
        for effect in wrong:
            await trouble(stack, {})
            await trouble(stack, effect, 3)  # replies made ahead of time use some up
            await trouble(stack, WELL, 50)
            assert await is_said(await call.ask(QUESTION), WELL["text"])
    assert [event["tool"] for event in call.of_kind("tool_called") if not event["ok"]]
    assert not any(event["ok"] for event in call.of_kind("tool_called"))
    assert call.record["outcome"] == "resolved"


async def test_hanging_up_before_anybody_speaks_leaves_nothing_behind(stack: Stack) -> None:
    """At once, while it rings, or as soon as it is picked up; by phone and on the web: no room, and one closed record
    for each call that reached the agent, as the server tells it."""

    async def at_once(leg: Leg) -> None:
        await leg.connect()
        await leg.hangup()

    async def when_it_rings(leg: PhoneLeg) -> None:
        await leg.connect()
        assert await wait_until(lambda: any("ringing" in what for _, what in leg.progress), PATIENCE_S)
        await leg.hangup()

    async def when_picked_up(leg: Leg) -> None:
        await leg.connect()
        await leg.answered(PATIENCE_S)
        await leg.hangup()

    async def new(records: Records) -> list[tuple[str, str | None]]:
        now = await records.all()
        return sorted((now[call]["room"], now[call].get("outcome")) for call in now.keys() - before)

    server_log = stack.process("livekit").log
    written = server_log.stat().st_size
    async with reading(stack.info.state_url) as records:
        before = set(await records.calls())
    phones = [PhoneLeg.of(stack.info, caller=f"+155501{number}") for number in range(70, 73)]
    webs = [WebLeg.of(stack.info) for _ in range(2)]
    await asyncio.gather(at_once(phones[0]), when_it_rings(phones[1]), when_picked_up(phones[2]))
    await asyncio.gather(at_once(webs[0]), when_picked_up(webs[1]))
    await no_room(stack, timeout_s=60.0)  # one that nobody but a phone was in closes when it has been empty for a while
    assert await wait_until(lambda: len(_jobs(stack)) <= WARM, 60.0)
    rooms = _assigned(server_log, written)
    assert {phones[2].room_name, webs[1].room_name} <= set(rooms), "the two that were picked up reached the agent"
    closed = sorted((room, "abandoned") for room in rooms)
    async with reading(stack.info.state_url) as records, deadline(PATIENCE_S, "the records of these calls"):
        while await new(records) != closed:
            await asyncio.sleep(0.1)


async def test_an_agent_with_nothing_behind_it_still_answers_in_words(stack: Stack, tmp_path: Path) -> None:
    """Riva, model and speech server unreachable from the start: bundled audio says so; the record is closed."""
    async with (
        worker(stack, tmp_path, name="lonely", **UNREACHABLE) as lonely,
        ring(stack, info=lonely.info) as call,
    ):
        speechless = await call.greeting()
        deaf = await call.ask(QUESTION)
    words = {row: ENGLISH.failures[row.value] for row in (Failure.TTS_DOWN, Failure.STT_DEAF)}
    assert await is_said(speechless, words[Failure.TTS_DOWN], words[Failure.STT_DEAF])
    assert await is_said(deaf, words[Failure.STT_DEAF], words[Failure.TTS_DOWN])
    assert [event["failure"] for event in call.of_kind("failure_handled")] == ["tts_down", "stt_deaf"]


async def test_an_agent_whose_model_was_never_there_greets_and_apologises(stack: Stack, tmp_path: Path) -> None:
    """It hears and it speaks: the greeting is its own, and only then does the caller learn that something is wrong."""
    no_model = {"LLM_BASE_URL": UNREACHABLE["LLM_BASE_URL"]}
    async with (
        worker(stack, tmp_path, name="thoughtless", **no_model) as mindless,
        ring(stack, info=mindless.info) as call,
    ):
        greeting = await call.greeting()
        answer = await call.ask(QUESTION)
    words = ENGLISH.failures["llm_down"]
    assert await is_said(greeting, GREETING, words)
    assert await is_said(answer, words, *(set(ENGLISH.failures.values()) - {words}))
    assert "hours" in call.said("caller")[-1]
    failures = [event["failure"] for event in call.of_kind("failure_handled")]
    assert [row for row in failures if row != Failure.LLM_SLOW] == [Failure.LLM_DOWN]


def _jobs(stack: Stack) -> list[psutil.Process]:
    """Job processes of the stack's agent: children of the server that forks them, which is the agent's own child."""
    agent = psutil.Process(stack.process("agent").pid)
    return [job for helper in agent.children() for job in helper.children()]


def _short_turns(folder: Path) -> Path:
    """The shipped configuration with a caller's turn limited to 5 s, the least there is."""
    found = house_config.shipped()
    found["policy"]["turn"]["max_turn_s"] = 5
    return house_config.write(folder / "config", found)


def _assigned(server_log: Path, offset: int) -> list[str]:
    """The rooms whose agent was dispatched, by what the server has logged since `offset`."""
    with server_log.open("rb") as log:
        log.seek(offset)
        lines = log.read().decode().splitlines()
    return [json.loads(line[line.index("{") :])["room"] for line in lines if "assigned job to worker" in line]
