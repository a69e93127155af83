"""`make call ARGS=--outbound`: somebody has us called, and we are who picks up, or who does not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from local.caller import orders
from local.caller.callees.human import Human
from local.caller.callees.ivr import Ivr, read
from local.caller.callees.voicemail import Voicemail
from local.caller.errors import CallerError
from local.caller.numbers import Numbers
from local.caller.options import Outbound
from local.caller.ordered_leg import OrderedLeg, Role
from local.caller.orders import Order, Shown
from local.caller.outcome import closed_record
from local.caller.placed import CALL_ID, CALL_ID_S, RINGS_S, Caller, Placed, Say
from local.caller.talk import Talk
from local.info import StackInfo
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline

SPEAKING = ("human", "voicemail", "ivr")
SILENT: Mapping[str, str] = {
    "busy": "busy",
    "no-answer": "no-answer",
    "reject": "rejected",
    "unreachable": "failed",
    "drop": "completed",
}
"""What a number is told to do, and the state in which that must leave the order."""

_LONGEST_S = 180.0
_OVER_S = 120.0
_DROP_AFTER_MS, _MISSED_AFTER_MS = 5000, 2000


async def role_of(wanted: Outbound) -> Role:
    """Who picks up. CallerError for a menu that can't be read."""
    match wanted.role:
        case "voicemail":
            return Voicemail()
        case "ivr":
            return Ivr(await asyncio.to_thread(read, wanted.menu)) if wanted.menu else Ivr()
        case _:
            return Human()


async def not_taken(stack: StackInfo, order: Order, behaviour: str, say: Say, clock: Clock) -> Shown:
    """Have a number called that does not take the call, or loses it. CallerError where it is not even dialled."""
    more = {"after_ms": _DROP_AFTER_MS, "silent_ms": _MISSED_AFTER_MS} if behaviour == "drop" else {"delay_ms": 1500}
    async with Numbers(stack.telephone_url) as numbers:
        await numbers.script(order.to, behaviour, **more)
        say(f"{order.to} will be: {behaviour}")
        try:
            return await orders.follow(stack, await orders.place(stack, order), say, clock, _OVER_S)
        finally:
            await numbers.forget()


async def picked_up(caller: Caller, leg: OrderedLeg, say: Say) -> Placed:
    """A machine takes the call. What goes wrong with it is in its `trouble`."""
    call = Placed(leg, Talk(leg, clock=caller.clock))
    try:
        await leg.connect()
        say(f"ordered: {leg.order_id}")
        await leg.answered(RINGS_S)
        async with deadline(_LONGEST_S, "the end of the call"):
            await leg.ended.wait()
        call.greeted, call.trouble = True, leg.role.trouble(leg)
    except (CallerError, DeadlineExceeded) as error:
        call.trouble = str(error)
    finally:
        call.call_id = (await leg.attribute(CALL_ID, CALL_ID_S) if leg.attributes else None) or leg.order_id or None
        await leg.hangup()
    say(f"over after {leg.handset.now_s:.1f} s: {leg.ended_because}; keys heard: {''.join(leg.keys_heard) or 'none'}")
    await _tell_message(caller, leg, say)
    if call.call_id:
        call.record = await closed_record(caller.records, call.call_id, caller.clock)
    return call


async def _tell_message(caller: Caller, leg: OrderedLeg, say: Say) -> None:
    if not isinstance(leg.role, Voicemail) or leg.answered_s is None:
        return
    message = leg.role.message(leg)
    if message is None:
        say("it hung up before the beep")
    else:
        say(f"after the beep: {await caller.transcribe(message) or '(no words made out)'}")
