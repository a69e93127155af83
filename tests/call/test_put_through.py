"""A caller is put through to a person: music on hold, the person told in private, and then they hear each other."""

from __future__ import annotations

import asyncio

import pytest

from local.caller.recorder import Side
from local.caller.talk import Heard, Talk
from local.stack import Stack
from tests.support.calls import PATIENCE_S, answers, is_said, ring
from tests.support.people import BRIEF, CALLER_SAYS, DUTY_DOCTOR, FRONT_DESK, PERSON_SAYS, at, decided, wish

pytestmark = pytest.mark.asyncio(loop_scope="session")

SORRY = "I'm sorry, the front desk is on another call. Would you like to leave a message instead?"


async def test_the_person_is_told_in_private_and_then_both_hear_each_other(stack: Stack) -> None:
    """The caller hears music meanwhile, not a word of what is said about them, and keys into nobody's telephone; who
    leaves ends the call. That the person was dialled is in the audit."""
    async with at(stack) as person, ring(stack) as call:
        await call.greeting()
        await wish(stack, call)
        await person.rung(PATIENCE_S)
        await asyncio.sleep(1.0)
        held_from_s = call.leg.handset.now_s
        await person.answer()
        desk = Talk(person)
        told = await desk.heard_answer(PATIENCE_S)
        held = call.leg.recorder.sound(Side.AGENT, held_from_s, call.leg.handset.now_s)
        await call.written(lambda event: event["kind"] == "tool_called")
        await call.talk.quiet(1.0)
        await call.leg.dtmf("9")
        await call.talk.say(CALLER_SAYS)
        caller_heard = await desk.heard_answer(PATIENCE_S)
        await desk.say(PERSON_SAYS)
        person_heard = await call.talk.heard_answer(PATIENCE_S)
        await person.hangup()
        await call.ended()
    assert await is_said(told, BRIEF)
    assert not await is_said(Heard(told.span, held, None), BRIEF)
    assert abs(held).mean() > 100, "silence instead of music"
    assert await is_said(caller_heard, CALLER_SAYS, PERSON_SAYS)
    assert await is_said(person_heard, PERSON_SAYS, CALLER_SAYS)
    assert call.record["outcome"] == "transferred"
    assert call.record["data"]["handed_to"] == "front-desk"
    assert call.of_kind("call_ended")[0]["reason"] == "handed_off"
    assert CALLER_SAYS not in " ".join(call.said("caller")), "the agent listened in"
    assert person.keys_heard == []
    decision = await decided(stack, call)
    assert (decision.number, decision.reason, decision.facts["put_through"]) == (FRONT_DESK, "allowed", "front-desk")


async def test_a_person_who_is_busy_costs_an_apology_and_the_talk_goes_on(stack: Stack) -> None:
    async with at(stack) as person, ring(stack) as call:
        await call.greeting()
        await wish(stack, call)
        await person.rung(PATIENCE_S)
        await person.reject(486, "Busy Here")
        await call.talk.quiet(1.0)
        await answers(stack, {"text": "We are open today."})
        answer = await call.ask("Are you open today?")
    assert await is_said(answer, "We are open today.", SORRY)
    assert SORRY in call.said("agent")
    assert call.record["data"]["not_reached"] == {"front-desk": "busy"}
    assert call.record["outcome"] == "resolved"


async def test_a_caller_is_handed_on_and_is_gone(stack: Stack) -> None:
    """The carrier takes the call over (SIP REFER): nothing of it stays with us."""
    async with at(stack, DUTY_DOCTOR) as doctor, ring(stack) as call:
        await call.greeting()
        await wish(stack, call, "duty-doctor")
        await doctor.rung(PATIENCE_S)
        await doctor.answer()
        await call.ended()
    assert call.record["outcome"] == "transferred"
    assert call.of_kind("call_ended")[0]["reason"] == "transferred"
