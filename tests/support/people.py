"""People whom a caller is put through to, at their own telephones; and the caller's wish, as the model makes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from calls.permits import Decision
from calls.stores.permit_keys import PermitKeys
from calls.stores.redis import RedisExecutor
from local.caller.callee_leg import CalleeLeg
from local.stack import Stack
from ops.deadline import deadline
from tests.support.calls import PATIENCE_S, Call, answers

FRONT_DESK = "+12025550143"  # config/callcenter.yaml, the clinic's `transfer`
DUTY_DOCTOR = "+12025550144"  # the same, by REFER
MOMENT = {"text": "One moment, I am putting you through."}
BRIEF = "Hello, this is the assistant of lark field clinic. I have a caller for you. A broken tooth."  # as it sounds
CALLER_SAYS, PERSON_SAYS = "I have broken my tooth.", "Please come this afternoon."


@asynccontextmanager
async def at(stack: Stack, number: str = FRONT_DESK) -> AsyncIterator[CalleeLeg]:
    """The telephone there, not yet ringing."""
    person = CalleeLeg.of(stack.info, number)
    await person.connect()
    try:
        yield person
    finally:
        await person.hangup()
        await answers(stack, {})


async def wish(stack: Stack, call: Call, person: str = "front-desk") -> None:
    """The caller asks for `person`; returns when the model has."""
    await answers(stack, {"tool": "ask_for_person", "arguments": {"reason": "a broken tooth", "person": person}})
    await call.talk.say("I would like to talk to a person.")
    await call.written(lambda event: event["kind"] == "tool_called")
    await answers(stack, MOMENT)


async def decided(stack: Stack, call: Call) -> Decision:
    """What the audit has of `call`."""
    executor = RedisExecutor(stack.info.state_url)
    try:
        found = [each for each in await PermitKeys(executor).decisions() if each.call_id == call.call_id]
    finally:
        await executor.aclose()
    assert len(found) == 1, found
    return found[0]


async def joined(call: Call) -> None:
    """Wait until the store knows that caller and person hear each other: whoever takes the call over finds it there."""
    async with deadline(PATIENCE_S, "the hand-over's note"):
        while "handed_to" not in ((await call.records.record(call.call_id)) or {}).get("data", {}):
            await asyncio.sleep(0.05)
