"""Who is not answered, or not as ever: a denied phone rings and is refused, a closed practice says that it is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from local.caller.errors import CallerError
from local.caller.legs import PhoneLeg
from local.caller.outcome import closed_record
from local.follow import LogLines
from local.records import reading
from local.stack import Stack
from ops.clock import SystemClock
from ops.deadline import deadline
from tests.support import house_config
from tests.support.calls import PATIENCE_S, is_said, ring
from tests.support.workers import worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

CLOSED = "We are closed at the moment. Please call again in the morning. Goodbye."
DENIED = "+19005550123"  # config/callcenter.yaml: the clinic's `deny`


async def test_a_denied_caller_hears_no_answer(stack: Stack) -> None:
    """Not even the start of a greeting: nothing is charged, and nothing is said."""
    leg = PhoneLeg.of(stack.info, caller=DENIED)
    await leg.connect()
    try:
        with pytest.raises(CallerError, match="486"):
            await leg.answered(PATIENCE_S)
    finally:
        await leg.hangup()
    call_id = await closed_for(stack, "caller_denied")
    async with reading(stack.info.state_url) as records:
        record = await closed_record(records, call_id, SystemClock(), PATIENCE_S) or {}
        (end,) = [event for event in await records.events(call_id) if event["kind"] == "call_ended"]
    assert (record["outcome"], end["reason"], record["answered_at"]) == ("abandoned", "caller_denied", None)


async def test_outside_the_hours_the_message_is_all_there_is(stack: Stack, tmp_path: Path) -> None:
    """Heard to its end, and the call is over: nobody waits for an agent who would not help."""
    config = await asyncio.to_thread(closed, tmp_path)
    async with (
        worker(stack, tmp_path, name="night", CALL_CENTER_CONFIG=str(config)) as night,
        ring(stack, info=night.info) as call,
    ):
        heard = await call.greeting()
        await call.ended()
    assert await is_said(heard, CLOSED, "Hello, how can I help you?")
    assert call.said("agent") == [CLOSED]
    assert (call.record["outcome"], call.of_kind("call_ended")[0]["reason"]) == ("abandoned", "closed")


def closed(folder: Path) -> Path:
    """The shipped configuration of a practice that never opens, and says so."""
    found = house_config.shipped()
    found["practice"]["hours"] = {}
    found["lines"]["clinic"]["inbound"] = {"closed": {"message": CLOSED}}
    return house_config.write(folder, found)


async def closed_for(stack: Stack, reason: str) -> str:
    """The id of the call that was closed for it, by the worker's log: its phone saw nothing of the agent."""
    log = LogLines(stack.process("agent").log)
    async with deadline(PATIENCE_S, "the end of the call"):
        while True:
            for line in await asyncio.to_thread(log.new):
                if line.get("event") == "call closed" and line.get("reason") == reason:
                    return str(line["call_id"])
            await asyncio.sleep(0.1)
