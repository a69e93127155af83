"""One no is enough, what cannot be asked is a no, and each decision is written before anything is dialled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calls.outbound import OutboundCall
from calls.outcome import Outcome
from calls.permits import Consent, OptOut
from calls.ports import StoreDown, Write
from calls.record import Caller, CallRecord, Direction, Leg
from config.telephony import Outbound
from sip.outbound.guard import STALE_S, Guard
from sip.outbound.reasons import NotYet, Refused
from sip.outbound.talks import Talks
from tests.fakes.clock import FakeClock
from tests.fakes.outbound_calls import FakeOutboundCalls
from tests.fakes.permits import FakePermits
from tests.fakes.store import FakeStore
from tests.support.outbound import CALLEE, NOON, OTHER, REMINDERS, call_center, order

MARKETING = replace(REMINDERS, transactional=False)


class Desk:
    """A guard with its stores, at noon."""

    def __init__(self, outbound: Outbound | None = REMINDERS) -> None:
        self.clock = FakeClock(NOON)
        self.permits, self.calls = FakePermits(self.clock), FakeOutboundCalls(self.clock)
        self.records, center = FakeStore(self.clock), call_center(outbound)
        self.guard = Guard(center, self.permits, self.calls, Talks(self.records, center.lines), self.clock)

    async def refusal(self, call: OutboundCall) -> str:
        """Of `admit`; "" where it was allowed, "wait" where it has to."""
        try:
            await self.guard.admit(call)
        except NotYet:
            return "wait"
        except Refused as refused:
            return refused.reason
        return ""


async def test_an_allowed_call_is_written_down_with_what_it_was_allowed_by() -> None:
    desk = Desk(MARKETING)
    await desk.permits.agree([Consent(CALLEE, "clinic", "web form", NOON - 86_400)])
    assert await desk.refusal(order()) == ""
    (decision,) = await desk.permits.decisions()
    assert (decision.allowed, decision.reason, decision.number, decision.call_id) == (True, "allowed", CALLEE, "call-1")
    assert decision.facts == {
        "local_time": "13:00 Europe/London",
        "consent": "2026-09-21 web form",
        "purpose": "clinic",
    }


async def test_without_consent_nobody_is_called_unless_the_line_is_transactional() -> None:
    """Consent for something else, or that has expired, is none."""
    desk = Desk(MARKETING)
    await desk.permits.agree([Consent(CALLEE, "offers", "web form", 1.0), Consent(CALLEE, "clinic", "x", 1.0, NOON)])
    assert await desk.refusal(order()) == "consent"
    assert await desk.refusal(order(purpose="offers")) == ""
    assert await Desk(REMINDERS).refusal(order()) == ""


async def test_an_opt_out_holds_for_every_line_at_once_transactional_or_not() -> None:
    desk = Desk()
    await desk.permits.opt_out(OptOut(CALLEE, NOON, "voice"))
    assert await desk.refusal(order()) == "optout"
    with pytest.raises(Refused, match="no calls"):
        await desk.guard.check_opt_out(order())
    assert await desk.refusal(order("call-2", OTHER)) == ""


async def test_nobody_is_rung_who_is_on_a_call_with_us() -> None:
    """Whichever line they called, in their country's own writing too; once they have hung up they may be rung. What a
    newer version wrote of another call changes nothing."""
    desk = Desk()
    caller = Caller(Leg.SIP, "sip", CALLEE, "+442079460999", {"sip.phoneNumber": CALLEE})
    theirs = CallRecord("call-0", "room", "clinic", "clinic-receptionist", Direction.INBOUND, caller, NOON)
    await desk.records.write(Write("k1", theirs, 0))
    await desk.records.write(Write("k2", replace(theirs, call_id="call-9"), 0))
    desk.records.unreadable.add("call-9")
    assert await desk.refusal(order()) == "engaged"
    with pytest.raises(Refused, match="already"):
        await desk.guard.check(order())
    assert await desk.refusal(order("call-2", OTHER)) == ""
    await desk.records.write(Write("k3", theirs.close(NOON, Outcome.RESOLVED), 0))
    assert await desk.refusal(order()) == ""
    desk.records.down(60.0)
    with pytest.raises(StoreDown):
        await desk.refusal(order("call-3"))


async def test_a_call_that_we_made_is_no_call_of_theirs() -> None:
    """Its number has a lock of its own, and an agent that opens the room before it is dialled has its record."""
    desk = Desk()
    called = Caller(Leg.SIP, "callee", CALLEE, None, {"sip.phoneNumber": CALLEE})
    ours = CallRecord("call-1", "room", "clinic", "clinic-receptionist", Direction.OUTBOUND, called, NOON)
    await desk.records.write(Write("k1", ours, 0))
    assert await desk.refusal(order()) == ""


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"line": "after-hours"}, "line"),
        ({"line": "nobody"}, "line"),
        ({"number": "sip:x@y"}, "invalid"),
        ({"number": "+33612345678"}, "country"),
        ({"asked_at": NOON - STALE_S - 1}, "expired"),
    ],
)
async def test_what_is_refused_is_written_down_as_refused(changes: dict[str, object], word: str) -> None:
    desk = Desk()
    assert await desk.refusal(order(**changes)) == word  # type: ignore[arg-type]
    (decision,) = await desk.permits.decisions()
    assert (decision.allowed, decision.reason) == (False, word)


async def test_at_night_nobody_is_called_and_a_call_for_the_morning_is_taken_on() -> None:
    """What counts is when it will be dialled."""
    desk = Desk()
    desk.clock.advance(10 * 3600.0)  # 23:00 in London
    tonight = order(asked_at=desk.clock.now())
    assert await desk.refusal(tonight) == "hours"
    with pytest.raises(Refused, match="outside the hours"):
        await desk.guard.check(tonight)
    await desk.guard.check(replace(tonight, not_before=NOON + 24 * 3600.0))


@pytest.mark.parametrize(("seconds", "word"), [(50.0, ""), (30.0, "hours")])
async def test_the_hours_hold_until_it_is_picked_up(seconds: float, word: str) -> None:
    """So long before nine in the evening: 10 s for the agent and 30 s of ringing are still to come."""
    desk = Desk()
    desk.clock.advance(8 * 3600.0 - seconds)
    assert await desk.refusal(order(asked_at=desk.clock.now())) == word


async def test_of_two_calls_to_one_person_the_second_is_refused() -> None:
    desk = Desk()
    assert await desk.refusal(order()) == ""
    assert await desk.refusal(order("call-2")) == "engaged"
    await desk.guard.freed(order())
    assert await desk.refusal(order("call-2")) == ""


async def test_one_person_is_called_so_often_a_day_and_no_more() -> None:
    """All lines together; a day later they may be called again."""
    desk = Desk()
    for number in range(2):
        assert await desk.refusal(order(f"call-{number}")) == ""
        await desk.guard.settled(order(f"call-{number}"), 10.0)
        await desk.guard.freed(order(f"call-{number}"))
    assert await desk.refusal(order("call-3")) == "often"
    with pytest.raises(Refused, match="in a day"):
        await desk.guard.check(order("call-3"))
    desk.clock.advance(24 * 3600.0)
    assert await desk.refusal(order("call-4", asked_at=desk.clock.now())) == ""


async def test_a_line_makes_so_many_calls_an_hour_and_a_refused_one_costs_nothing() -> None:
    desk = Desk()
    numbers = [f"+4420794601{number:02}" for number in range(6)]
    words = [await desk.refusal(order(f"call-{number}", number)) for number in numbers]
    assert words == ["", "", "", "", "wait", "wait"]
    assert desk.permits.reasons == ["allowed"] * 4
    with pytest.raises(Refused, match="in an hour"):
        await desk.guard.check(order("call-7", OTHER))
    desk.clock.advance(3600.0)
    assert await desk.refusal(order("call-9", numbers[5], asked_at=desk.clock.now())) == ""


async def test_a_call_is_counted_at_its_longest_and_given_back_at_its_length() -> None:
    """0.02 a minute, 10 minutes at the longest, 0.5 a day: two calls at a time, many short ones."""
    desk = Desk(replace(REMINDERS, spend_per_day=0.5, calls_per_hour=100))
    numbers = [f"+4420794601{number:02}" for number in range(6)]
    calls = [order(f"call-{number}", number) for number in numbers]
    assert [await desk.refusal(call) for call in calls[:3]] == ["", "", "spend"]
    await desk.guard.settled(calls[0], 61.0)  # two begun minutes: 0.04 spent, 0.16 free again
    assert await desk.refusal(calls[3]) == ""  # 0.2 + 0.04 + 0.2
    assert await desk.refusal(calls[4]) == "spend"
    await desk.guard.undone(calls[3])
    assert await desk.refusal(calls[5]) == ""


async def test_a_limit_that_refuses_takes_nothing_of_the_others() -> None:
    """The day's money is spent: their number is not engaged by that, and they were not called by it."""
    desk = Desk(replace(REMINDERS, spend_per_day=0.2, calls_per_hour=100))
    assert await desk.refusal(order("call-0", OTHER)) == ""
    assert [await desk.refusal(order(f"call-{number}")) for number in range(1, 6)] == ["spend"] * 5
    await desk.guard.undone(order("call-0", OTHER))
    assert await desk.refusal(order("call-6")) == ""


async def test_what_was_not_dialled_after_all_leaves_no_trace_in_the_counters() -> None:
    """No agent came, ten times: the person was not called once."""
    desk = Desk()
    for number in range(10):
        call = order(f"call-{number}")
        assert await desk.refusal(call) == ""
        await desk.guard.undone(call)
        await desk.guard.freed(call)


async def test_what_cannot_be_asked_or_written_down_is_not_dialled() -> None:
    """Fail closed: not knowing whether somebody opted out is no permission."""
    for method in ("opted_out", "take", "decided"):
        desk = Desk()
        desk.permits.down_to = {method}
        with pytest.raises(StoreDown):
            await desk.guard.admit(order())
        assert desk.permits.reasons == []
    desk = Desk()
    desk.calls.is_down = True
    with pytest.raises(StoreDown):
        await desk.guard.admit(order())


async def test_an_audit_that_was_down_does_not_keep_the_number_engaged() -> None:
    """It is dialled when the audit can be written, by this order or by another."""
    desk = Desk()
    desk.permits.down_to = {"decided"}
    for _ in range(5):
        with pytest.raises(StoreDown):
            await desk.guard.admit(order())
    desk.permits.down_to = set()
    assert await desk.refusal(order("call-2")) == ""
