"""Ready-made records and events for tests that need a call but do not care which."""

from __future__ import annotations

from calls.events import CallerSpoke
from calls.record import Caller, CallRecord, Direction, Leg
from tests.fakes.clock import EPOCH


def a_caller() -> Caller:
    return Caller(Leg.SIP, "sip_caller", "+15550100", "+15550199", {"sip.callID": "SCL_1"})


def a_record(call_id: str = "0198c2d0-0000-7000-8000-000000000001", version: int = 1) -> CallRecord:
    return CallRecord(
        call_id=call_id,
        room="call-+15550100",
        line="front-desk",
        persona="receptionist",
        direction=Direction.INBOUND,
        caller=a_caller(),
        started_at=EPOCH,
        version=version,
    )


def spoke(record: CallRecord, seq: int, text: str = "hello") -> CallerSpoke:
    return CallerSpoke(call_id=record.call_id, seq=seq, at=EPOCH + seq, turn=seq, text=text)
