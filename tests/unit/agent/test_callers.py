"""What carriers and dispatches send is untrusted: nothing of it may break a call or get where it shouldn't."""

import json
from types import SimpleNamespace
from typing import cast

import pytest
from livekit import rtc

from agent.callers import Dispatch, caller_of, parse_dispatch
from agent.errors import BadDispatch
from agent.outbound.order import Order
from calls.record import Direction

CALL_ID = "0198c2aa-7f00-7000-8000-0123456789ab"


@pytest.mark.parametrize("metadata", ["", "  \n"])
def test_a_dispatch_without_metadata_is_an_ordinary_inbound_call(metadata: str) -> None:
    """Phone calls come from a dispatch rule that names an agent and nothing more."""
    assert parse_dispatch(metadata) == Dispatch(direction=Direction.INBOUND)


def test_all_keys_are_read_and_unknown_ones_left_alone() -> None:
    """A newer control plane may send more than this worker knows."""
    metadata = json.dumps(
        {"persona": "clinic-receptionist", "line": "clinic", "direction": "outbound", "call_id": CALL_ID, "new": [1]}
    )
    assert parse_dispatch(metadata) == Dispatch("clinic-receptionist", "clinic", Direction.OUTBOUND, CALL_ID)


@pytest.mark.parametrize(
    "metadata",
    [
        "{",
        "[1, 2]",
        '"persona"',
        "null",
        "\x00\xff",
        '{"direction": "sideways"}',
        '{"persona": 7}',
        '{"persona": "../../etc/passwd"}',
        '{"line": ""}',
        '{"call_id": "1"}',
        '{"call_id": "0198c2aa-7f00-7000-8000-0123456789ab; DROP TABLE calls"}',
        "[" * 5000 + "]" * 5000,
        '{"persona": "' + "x" * 20_000 + '"}',
    ],
)
def test_metadata_that_cannot_be_used_is_told_apart_from_none(metadata: str) -> None:
    """BadDispatch is an answer; any other exception would leave the caller in a ringing room."""
    with pytest.raises(BadDispatch):
        parse_dispatch(metadata)


def to_call(**outbound: object) -> str:
    return json.dumps({"direction": "outbound", "outbound": {"number": "+15550100009", **outbound}})


def test_a_dispatch_says_whom_to_call() -> None:
    """As control writes it; what it leaves out has the line's usual value."""
    order = parse_dispatch(
        to_call(data={"name": "Ann\nLee\u202e"}, purpose="reminder", voicemail=False, ringing_s=20, max_duration_s=60.0)
    ).outbound
    assert order == Order("callee", "+15550100009", {"name": "Ann Lee"}, "reminder", False, 20.0, 60.0)
    assert parse_dispatch(to_call()).outbound == Order(number="+15550100009")


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "sip:a@b"},
        {"number": "+1555010000912345678"},
        {"callee": "../x"},
        {"data": ["name"]},
        {"data": {"Name 1": "x"}},
        {"data": {"name": 1}},
        {"data": {f"n{i}": "" for i in range(21)}},
        {"purpose": 7},
        {"voicemail": "yes"},
        {"ringing_s": 0},
        {"ringing_s": True},
        {"max_duration_s": 1e9},
    ],
)
def test_an_order_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    """Named by its key, without its value."""
    with pytest.raises(BadDispatch) as caught:
        parse_dispatch(to_call(**wrong))
    assert f"outbound.{next(iter(wrong))} has an unusable value" == str(caught.value)


def test_an_order_belongs_to_an_outbound_dispatch() -> None:
    """A caller is not made a callee; and who takes a call over has the order from the record."""
    with pytest.raises(BadDispatch):
        parse_dispatch(json.dumps({"outbound": {}}))
    with pytest.raises(BadDispatch):
        parse_dispatch(json.dumps({"direction": "outbound", "outbound": []}))
    resumed = {"direction": "outbound", "outbound": {}, "resume": "0198c2aa-7f00-7000-8000-0123456789ab"}
    assert parse_dispatch(json.dumps(resumed)).outbound is None


def test_the_invite_s_own_headers_are_kept_and_bounded() -> None:
    """X- headers and Twilio's call id come as attributes of the phone's leg: others wrote them, in any letters."""
    attributes = {
        "sip.h.x-patient": "7",
        "sip.twilio.callSid": "CA1",
        "sip.fromDisplayName": "Zoë \u202e",
        "sip.h.x-long": "x" * 1000,
        "sip.h.x\r\nInjected": "no",
        "other": "no",
        **{f"sip.h.x-{number}": "n" for number in range(200)},
    }
    kind = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
    phone = SimpleNamespace(identity="sip_1", kind=kind, attributes=attributes)
    kept = caller_of(cast(rtc.RemoteParticipant, phone)).attributes
    assert (kept["sip.h.x-patient"], kept["sip.twilio.callSid"]) == ("7", "CA1")
    assert kept["sip.fromDisplayName"].startswith("Zoë")
    assert len(kept["sip.h.x-long"]) == 256
    assert len(kept) == 64
    assert not any("\n" in name or not name.startswith("sip.") for name in kept)
