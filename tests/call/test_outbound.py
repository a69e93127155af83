"""Calls that we make, ordered as their users do: who picks up hears the right words, and the record says who it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from config.phrases.english import ENGLISH
from local import ears
from local.caller import orders
from local.caller.callee_leg import CalleeLeg
from local.caller.callees.human import Human
from local.caller.callees.ivr import Ivr
from local.caller.callees.voicemail import Voicemail
from local.caller.errors import CallerError
from local.caller.numbers import Numbers
from local.caller.ordered_leg import OrderedLeg, Role
from local.caller.orders import Order, callee_by_day
from local.caller.outcome import closed_record
from local.caller.recorder import Side
from local.caller.sound import EAR_RATE
from local.caller.talk import Talk
from local.records import reading
from local.stack import Stack
from ops.clock import SystemClock
from tests.support.calls import PATIENCE_S, Call, assert_whole, is_said, no_room, trouble

pytestmark = pytest.mark.asyncio(loop_scope="session")

DATA = {"patient_name": "Alice Smith", "day": "Tuesday the fourth", "time": "half past ten"}
GREETING = (
    "Hello, this is the AI assistant of Larkfield Clinic, calling for Alice Smith about an appointment on Tuesday the "
    "fourth at half past ten. Is that time still good for you? If you want no more calls like this one, press nine."
)
MESSAGE = (
    "hello this is the a i assistant of lark field clinic with a reminder for alice smith "
    "you have an appointment on tuesday the fourth at half past ten"
)
DECOYS = ("hello this is the a i receptionist of lark field clinic how can i help you", "please hold the line")
_OVER_S = 40.0


def reminder() -> Order:
    return Order(callee_by_day(), "clinic", "clinic-reminder", "reminder", DATA)


@asynccontextmanager
async def called(stack: Stack, role: Role) -> AsyncIterator[Call]:
    """A reminder is ordered and `role` has picked up; afterwards the call is closed, whole, and its room gone."""
    leg = OrderedLeg(stack.info, reminder(), role)
    async with reading(stack.info.state_url) as records:
        call = Call(leg, Talk(leg, transcribe=None), records)
        try:
            await leg.connect()
            call.call_id = leg.order_id
            await leg.answered(PATIENCE_S)
            yield call
        finally:
            await call.close()
    assert call.record.get("outcome"), call.record
    assert_whole(call.events)
    await no_room(stack, call.record["room"])


async def test_a_person_is_greeted_by_name_and_talks(stack: Stack) -> None:
    """Disclosure first, their own appointment, and then an ordinary talk. Who they are is in no room's name."""
    async with called(stack, Human()) as call:
        heard = await call.greeting()
        await call.ask("What are your opening hours?")
        shown = await orders.look(stack.info, call.call_id)
    assert heard.span.end_s > heard.span.start_s
    assert call.said("agent")[0] == GREETING
    (answer,) = call.of_kind("answer_detected")
    assert answer["answer"] in ("human", "silence"), answer
    assert shown["state"] == "answered"
    assert (call.record["direction"], call.record["outcome"]) == ("outbound", "resolved")
    assert call.record["caller"]["number"] not in call.record["room"]
    assert call.record["caller"]["attributes"]["sip.callStatus"] == "active"


async def test_a_machine_hears_the_message_after_its_beep(stack: Stack) -> None:
    """Not a sound before it, and from the beep on the whole message, as the machine recorded it."""
    machine = Voicemail()
    async with called(stack, machine) as call:
        await call.ended()
        message, beeped_s = machine.message(call.leg), machine.beeped_at_s  # type: ignore[arg-type]
    assert message is not None, "the beep never came"
    assert beeped_s is not None
    before = call.leg.recorder.sound(Side.AGENT, 0.0, beeped_s - 0.2)
    assert abs(before).max(initial=0) < 200, "the machine was talked over"
    chosen, _ = await asyncio.to_thread(ears.closest, message, EAR_RATE, [MESSAGE, *DECOYS])
    assert chosen == 0
    assert call.record["outcome"] == "voicemail"
    assert call.of_kind("call_ended")[0]["reason"] == "voicemail_left"
    assert call.of_kind("answer_detected")[-1]["answer"] == "machine"


@dataclass(frozen=True)
class Came:
    """What control says of an order in the end, and what it said on the way; the call's record and its events."""

    shown: Mapping[str, Any]
    states: Sequence[str]
    record: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]

    def assert_nobody_talked(self, state: str, status: int | None, *reasons: str) -> None:
        """Control and the agent agree on what came of it, and not a word was said."""
        assert (self.shown["state"], self.shown["sip_status"]) == (state, status), self.shown
        assert self.record["outcome"] == "abandoned", self.record
        assert self.events[-1]["reason"] in reasons
        assert not [event for event in self.events if event["kind"] == "agent_spoke"]


async def test_who_does_not_talk_leaves_a_closed_call(stack: Stack) -> None:
    """Busy, refused, hung up while it rang, gone in the moment of the answer, and one that rings to the end of the
    line's patience while the others are called: control and the record say which, nobody was spoken to, no room
    stays."""
    rings_on, busy, refuses, gone, puts_down = (replace(reminder(), to=number) for number in callees(5))
    async with Numbers(stack.info.telephone_url) as numbers, asyncio.TaskGroup() as calls:
        await numbers.script(rings_on.to, "no-answer")
        await numbers.script(busy.to, "busy")
        await numbers.script(refuses.to, "reject", delay_ms=1500)
        await numbers.script(gone.to, "answer", after_ms=60)
        long = calls.create_task(came_of(stack, rings_on), name="rings on")
        (await came_of(stack, busy)).assert_nobody_talked("busy", 486, "busy")
        refused = await came_of(stack, refuses)
        (await came_of(stack, gone)).assert_nobody_talked("completed", 200, "no_answer", "caller_hung_up")
        hung_up = await came_of(stack, puts_down, puts_down_after_s=1.0)
        await numbers.forget()
    refused.assert_nobody_talked("rejected", 603, "rejected")
    hung_up.assert_nobody_talked("no-answer", 480, "no_answer")
    long.result().assert_nobody_talked("no-answer", None, "no_answer")
    for rang in (refused, long.result()):
        assert "order: ringing" in rang.states


def callees(count: int) -> Sequence[str]:
    """Different ones: somebody who is being called is not called again."""
    found: set[str] = set()
    while len(found) < count:
        found.add(callee_by_day())
    return sorted(found)


async def came_of(stack: Stack, order: Order, *, puts_down_after_s: float | None = None) -> Came:
    """Order it and wait for its end; `puts_down_after_s`: a telephone that is put down after so long a ringing."""
    states: list[str] = []
    async with AsyncExitStack() as exits:
        records = await exits.enter_async_context(reading(stack.info.state_url))
        phone = CalleeLeg.of(stack.info, order.to)
        if puts_down_after_s is not None:
            exits.push_async_callback(phone.hangup)
            await phone.connect()
        call_id = await orders.place(stack.info, order)
        if puts_down_after_s is not None:
            await phone.rung(PATIENCE_S)
            await asyncio.sleep(puts_down_after_s)
            await phone.hangup()
        shown = await orders.follow(stack.info, call_id, states.append, SystemClock(), _OVER_S)
        record = await closed_record(records, call_id, SystemClock(), _OVER_S) or {}
        events = [dict(event) for event in await records.events(call_id)]
    await no_room(stack, record["room"])
    return Came(shown, states, record, events)


async def test_behind_a_menu_somebody_wants_no_more_calls(stack: Stack) -> None:
    """The menu gets its key, the person behind it the whole greeting; their plain words take them off the list at once,
    they are told so, and the next order is refused."""
    menu = Ivr()
    await trouble(stack, {"tool": "press_keys", "arguments": {"keys": "1"}})
    async with called(stack, menu) as call:
        await call.greeting()
        heard = await call.ask("Take me off your list.")
        await call.ended()
    assert menu.walked == "1"
    assert call.of_kind("answer_detected")[0]["answer"] == "menu"
    assert call.said("agent")[0] == GREETING
    assert await is_said(heard, ENGLISH.no_more_calls, *DECOYS)
    assert call.record["data"]["opt_out_kept"] is True
    assert call.of_kind("call_ended")[0]["reason"] == "opted_out"
    with pytest.raises(CallerError, match="Not ordered"):
        await orders.place(stack.info, replace(reminder(), to=call.record["caller"]["number"]))
