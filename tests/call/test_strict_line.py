"""A strict line: who hides is not answered, who rings too often is told so, and no call is longer than it may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from calls.policy import LengthPolicy
from config.phrases.english import ENGLISH
from local.caller.errors import CallerError
from local.caller.legs import PhoneLeg
from local.caller.outcome import closed_record
from local.caller.talk import Heard, Talk
from local.environment import Server
from local.follow import LogLines
from local.provision import provision
from local.records import reading
from local.stack import Stack
from ops.clock import SystemClock
from ops.deadline import deadline
from tests.support import house_config
from tests.support.calls import PATIENCE_S, answers, is_said, ring
from tests.support.hold import after_music, heard_until
from tests.support.people import MOMENT, at, wish
from tests.support.workers import Worker, worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME, NUMBER, FRIEND = "strict", "+15550100009", "+12025550149"
PATIENT = "+15550100008"  # a line beside it that has time
GREETING = "Hello, this is the AI receptionist."
WARNING, FAREWELL = LengthPolicy().warning, LengthPolicy().farewell
ASK, BACK, THANKS = (
    "Please type your number on your telephone.",
    "Four zero seven one nine three. Is that right?",
    "Thank you. What can I do for you?",
)
SAID = (GREETING, ENGLISH.too_often, f"{GREETING} {ENGLISH.too_often}", WARNING, FAREWELL, MOMENT["text"])
Told = list[tuple[Heard, str]]
"""What somebody heard, and the words that it must be."""
ALONE_S, TOGETHER_S, WARN_S = 30, 36, 10


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def strict(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Worker]:
    """A worker of the line's own, to which the server sends the calls to NUMBER."""
    folder = tmp_path_factory.mktemp(NAME)
    config = await asyncio.to_thread(configured, folder)
    async with worker(stack, folder, name=NAME, CALL_CENTER_CONFIG=str(config), AGENT_WARM_PROCESSES="2") as running:
        info = stack.info
        await provision(Server(info.livekit_url, info.api_key, info.api_secret, NAME), config)
        yield running


def configured(folder: Path) -> Path:
    """The shipped call centre with this line, and one that is patient."""
    found = house_config.shipped()
    shared = {"persona": "clinic-receptionist", "greeting": GREETING, "carrier": "local"}
    strict = {
        **shared,
        "numbers": [NUMBER],
        "tools": ["ask_for_person"],
        "inbound": {"withheld": False, "calls_per_hour": 1},
        "transfer": {"friend": {"number": FRIEND, "says": "our friend"}},
        "policy": {
            "silence": {"prompt_after_s": 60},
            "length": {"max_duration_s": ALONE_S, "with_person_s": TOGETHER_S, "warn_before_s": WARN_S},
        },
    }
    patient = {**shared, "numbers": [PATIENT], "tools": ["ask_for_digits"]}
    found |= {"lines": {NAME: strict, "patient": patient}, "web": {"line": NAME}, "default_line": NAME}
    return house_config.write(folder, found)


async def test_who_hides_rings_too_often_or_talks_too_long(stack: Stack, strict: Worker) -> None:
    """Side by side: a withheld caller hears no answer; a caller and the person they were put through to both hear that
    their time ends, and so does one with the agent alone; who had their call of the hour is told so, and no more."""
    greeted = asyncio.Event()
    async with asyncio.TaskGroup() as calls:
        two = calls.create_task(two_who_talk_too_long(stack), name="two")
        one = calls.create_task(one_who_talks_too_long(stack, greeted), name="one")
        calls.create_task(one_who_hides(stack, strict), name="hides")
        too_many = calls.create_task(one_too_many(stack, greeted), name="too many")
    for heard, words in (*two.result(), *one.result(), *too_many.result()):  # listening costs the phones their time
        assert await is_said(after_music(heard), words, *(each for each in SAID if each != words)), words


async def one_who_hides(stack: Stack, strict: Worker) -> None:
    leg = PhoneLeg.of(stack.info, NUMBER, caller="anonymous")
    await leg.connect()
    try:
        with pytest.raises(CallerError, match="486"):
            await leg.answered(PATIENCE_S)
    finally:
        await leg.hangup()
    async with deadline(PATIENCE_S, "the end of the call"):
        log, closed = LogLines(strict.log), None
        while closed is None:
            ends = (line for line in await asyncio.to_thread(log.new) if line.get("event") == "call closed")
            closed = next((line for line in ends if line.get("reason") == "caller_withheld"), None)
            await asyncio.sleep(0.1)
    async with reading(stack.info.state_url) as records:
        record = await closed_record(records, str(closed["call_id"]), SystemClock(), PATIENCE_S) or {}
    assert (record["outcome"], record["answered_at"]) == ("abandoned", None)
    assert (record["caller"]["leg"], record["caller"]["number"]) == ("sip", None)


async def one_too_many(stack: Stack, greeted: asyncio.Event) -> Told:
    await greeted.wait()
    async with ring(stack, number=NUMBER, caller="+12025550160") as call:
        heard = await heard_until(call, ENGLISH.too_often)
        await call.ended()
    assert (call.record["outcome"], call.of_kind("call_ended")[0]["reason"]) == ("abandoned", "caller_too_often")
    return [(heard, f"{GREETING} {ENGLISH.too_often}")]


async def one_who_talks_too_long(stack: Stack, greeted: asyncio.Event) -> Told:
    async with ring(stack, number=NUMBER, caller="+12025550160") as call:
        await call.greeting()
        greeted.set()
        warned = await call.talk.heard_answer(ALONE_S)
        told = await call.talk.heard_answer(ALONE_S)
        await call.ended()
    assert call.of_kind("call_ended")[0]["reason"] == "duration_cap"
    return [(warned, WARNING), (told, FAREWELL)]


async def two_who_talk_too_long(stack: Stack) -> Told:
    async with at(stack, FRIEND) as person, ring(stack, number=NUMBER, caller="+12025550161") as call:
        await call.greeting()
        await wish(stack, call, "friend")
        await person.rung(PATIENCE_S)
        await person.answer()
        desk = Talk(person)
        await desk.heard_answer(PATIENCE_S)
        warned = await heard_until(call, WARNING)
        told_person = await desk.heard_answer(TOGETHER_S)
        told = await heard_until(call, FAREWELL)
        await call.ended()
        await asyncio.wait_for(person.ended.wait(), PATIENCE_S)
    (through,) = call.of_kind("caller_put_through")
    assert (through["target"], through["result"]) == ("friend", "joined")
    assert (call.record["outcome"], call.of_kind("call_ended")[0]["reason"]) == ("transferred", "duration_cap")
    return [(warned, WARNING), (told_person, WARNING), (told, FAREWELL)]


async def test_a_typed_number_is_read_back_and_a_line_that_breaks_closes_the_call(stack: Stack, strict: Worker) -> None:
    """Six digits typed with a pause for thought are one number, and the model is told to have it confirmed. Then the
    telephone is gone without a word."""
    async with ring(stack, number=PATIENT) as call:
        await call.greeting()
        await answers(stack, {"tool": "ask_for_digits", "arguments": {"count": "6"}})
        await call.talk.say("I would like to give you my number.")
        await call.written(lambda event: event["kind"] == "tool_called")
        await answers(stack, {"text": ASK})
        asked = await call.talk.heard_answer(PATIENCE_S)
        await answers(stack, {"text": BACK})
        await call.leg.dtmf("407")
        await asyncio.sleep(2.5)  # longer than what ends a number that nobody asked for
        await call.leg.dtmf("193")
        back = await call.talk.heard_answer(PATIENCE_S)
        await answers(stack, {"text": THANKS})
        confirmed = await call.ask("Yes, please.")
        assert isinstance(call.leg, PhoneLeg)
        await call.leg.vanish(silent_ms=1000)
    assert await is_said(asked, ASK, BACK, THANKS)
    assert await is_said(back, BACK, ASK, THANKS, "Four zero seven. Is that right?")
    assert await is_said(confirmed, THANKS, BACK, ASK)
    assert [words for words in call.said("caller") if "keypad" in words] == ["(pressed on the keypad) 4 0 7 1 9 3"]
    assert "ask whether it is right" in call.of_kind("tool_called")[0]["result"]
    assert (call.record["outcome"], call.of_kind("call_ended")[0]["reason"]) == ("resolved", "caller_hung_up")
