"""The chronicle keeps events and record in step: gapless numbers, one end."""

from agent.chronicle import Chronicle
from calls.events import CallEnded, CallerSpoke, CallStarted, Event
from calls.outcome import Outcome
from calls.record import Caller, CallRecord, Direction, Leg
from tests.fakes.clock import FakeClock


class Kept:
    """A journal that keeps what it is given."""

    def __init__(self) -> None:
        self.entries: list[tuple[Event, CallRecord]] = []

    def record(self, event: Event, snapshot: CallRecord) -> None:
        self.entries.append((event, snapshot))


def record() -> CallRecord:
    return CallRecord(
        call_id="c", room="r", line="clinic", persona="p", direction=Direction.INBOUND,
        caller=Caller(Leg.SIP, "sip_1", "+15550100009", "+15550100001"), started_at=0.0,
    )  # fmt: skip


def test_events_are_numbered_without_gaps_and_carry_the_record_as_it_then_is() -> None:
    """A replay is recognised by (call, seq), and a flush may write the newest snapshot only."""
    kept = Kept()
    chronicle = Chronicle(record(), kept, FakeClock())
    chronicle.opened()
    chronicle.add(CallerSpoke, turn=1, text="hello")
    chronicle.note(appointment=7, message="call me")
    chronicle.close(Outcome.RESOLVED, "caller_hung_up")
    assert [event.seq for event, _ in kept.entries] == [1, 2, 3]
    assert [type(event) for event, _ in kept.entries] == [CallStarted, CallerSpoke, CallEnded]
    last = kept.entries[-1][1]
    assert (last.turns, last.data, last.message, last.outcome) == (1, {"appointment": 7}, "call me", Outcome.RESOLVED)
    assert [snapshot.version for _, snapshot in kept.entries] == sorted(s.version for _, s in kept.entries)


def test_the_first_end_stands() -> None:
    """A caller who hangs up while we close a broken call does not turn a failure into a success."""
    kept = Kept()
    chronicle = Chronicle(record(), kept, FakeClock())
    assert chronicle.close(Outcome.FAILED, "failure", "llm_down")
    assert not chronicle.close(Outcome.RESOLVED, "caller_hung_up")
    chronicle.add(CallerSpoke, turn=1, text="late")
    chronicle.change(failure="broken")
    chronicle.note(message="late")
    assert len(kept.entries) == 1
    assert chronicle.record.message is None
    assert chronicle.record.outcome is Outcome.FAILED
    assert chronicle.record.failure == "llm_down"
