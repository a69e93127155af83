"""Who is not answered: their phone rings and is refused, and the record says why."""

from __future__ import annotations

import asyncio

import pytest

from local.caller.errors import CallerError
from local.caller.legs import PhoneLeg
from local.caller.outcome import closed_record
from local.follow import LogLines
from local.records import reading
from local.stack import Stack
from ops.clock import SystemClock
from ops.deadline import deadline
from tests.support.calls import PATIENCE_S

pytestmark = pytest.mark.asyncio(loop_scope="session")

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


async def closed_for(stack: Stack, reason: str) -> str:
    """The id of the call that was closed for it, by the worker's log: its phone saw nothing of the agent."""
    log = LogLines(stack.process("agent").log)
    async with deadline(PATIENCE_S, "the end of the call"):
        while True:
            for line in await asyncio.to_thread(log.new):
                if line.get("event") == "call closed" and line.get("reason") == reason:
                    return str(line["call_id"])
            await asyncio.sleep(0.1)
