"""Putting a caller through goes wrong half-way: they are never left alone, nor with music that nobody ends."""

from __future__ import annotations

import pytest

from config.phrases.english import ENGLISH
from local.caller.numbers import Numbers
from local.caller.talk import Talk
from local.stack import Stack
from tests.support.calls import PATIENCE_S, answers, is_said, ring
from tests.support.hold import after_music, heard_for, heard_until, is_music
from tests.support.people import CALLER_SAYS, DUTY_DOCTOR, MOMENT, PERSON_SAYS, at, joined, wish
from tests.support.workers import job_process

pytestmark = pytest.mark.asyncio(loop_scope="session")

NO_DOCTOR = "I'm sorry, I could not reach the doctor on duty. Would you like to leave a message instead?"
NO_DESK = "I'm sorry, I could not reach the front desk. Would you like to leave a message instead?"
OPEN = "We are open today."
LOST = ENGLISH.failures["worker_died"]


async def test_a_carrier_that_hands_no_calls_on_and_a_doctor_who_hangs_up_while_it_rings(stack: Stack) -> None:
    """REFER is refused, so the doctor is dialled; the caller hears the music of the hold meanwhile. Nobody answers: an
    apology, and the talk goes on."""
    async with Numbers(stack.info.telephone_url) as numbers, at(stack, DUTY_DOCTOR) as doctor, ring(stack) as call:
        before = await _dials(numbers)
        await numbers.script(DUTY_DOCTOR, "refuse-transfer")
        await call.greeting()
        await wish(stack, call, "duty-doctor")
        await doctor.rung(PATIENCE_S)
        dialled = (await _dials(numbers))[len(before) :]
        await numbers.forget()
        held = await heard_for(call, 2.0)
        await doctor.hangup()
        sorry = await heard_until(call, NO_DOCTOR)
        await answers(stack, {"text": OPEN})
        answer = await call.ask("Are you open today?")
    assert dialled == ["transfer", "call"]
    assert is_music(held)
    assert await is_said(after_music(sorry), NO_DOCTOR, NO_DESK, MOMENT["text"])
    assert await is_said(answer, OPEN, NO_DOCTOR)
    assert call.record["data"]["not_reached"] == {"duty-doctor": "no_answer"}
    assert (call.record["outcome"], call.of_kind("call_ended")[0]["reason"]) == ("resolved", "caller_hung_up")


async def _dials(numbers: Numbers) -> list[str]:
    """How the doctor was tried so far, in calls of other tests too."""
    return [one["kind"] for one in await numbers.dialled() if one["number"] == DUTY_DOCTOR]


async def test_a_worker_that_dies_while_the_person_is_rung_leaves_nobody_with_the_music(stack: Stack) -> None:
    """The person's telephone stops ringing; the caller is told that nobody came, not that somebody will."""
    async with at(stack) as person, ring(stack) as call:
        await call.greeting()
        await wish(stack, call)
        await person.rung(PATIENCE_S)
        await call.talk.clock.sleep(1.0)
        (await job_process(stack, call.call_id)).kill()
        lost = await heard_until(call, NO_DESK)
        assert person.ended_because == "Request Terminated"
    assert await is_said(after_music(lost), f"{LOST} {NO_DESK}", f"{LOST} I was saying {MOMENT['text']}", LOST, NO_DESK)
    assert (call.record["outcome"], call.record["epoch"]) == ("resolved", 2)


async def test_a_worker_that_dies_while_two_talk_is_noticed_by_neither(stack: Stack) -> None:
    """They go on hearing each other, and nobody else; the call still ends when the person hangs up, handed over."""
    async with at(stack) as person, ring(stack) as call:
        await call.greeting()
        await wish(stack, call)
        await person.rung(PATIENCE_S)
        await person.answer()
        desk = Talk(person)
        await desk.heard_answer(PATIENCE_S)
        await joined(call)
        (await job_process(stack, call.call_id)).kill()
        await call.written(lambda event: event["kind"] == "call_resumed")
        await call.talk.say(CALLER_SAYS)
        caller_heard = await desk.heard_answer(PATIENCE_S)
        await desk.say(PERSON_SAYS)
        person_heard = await call.talk.heard_answer(PATIENCE_S)
        await person.hangup()
        await call.ended()
    assert await is_said(caller_heard, CALLER_SAYS, PERSON_SAYS, LOST)
    assert await is_said(person_heard, PERSON_SAYS, CALLER_SAYS, LOST)
    assert call.record["epoch"] == 2
    assert (call.record["outcome"], call.of_kind("call_ended")[0]["reason"]) == ("transferred", "handed_off")
    assert CALLER_SAYS not in " ".join(call.said("caller")), "the agent listened in"
