"""The wire form is a promise to other versions of this program: these files were written once and are read for ever.

A changed golden file is a changed promise: raise `v`, keep reading the old one. A new event needs a new file.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from calls import wire
from calls.events import CallEnded, CallerSpoke, CallStarted, Event, ToolCalled, UnknownEvent
from calls.outcome import Outcome
from calls.record import CallRecord, Leg
from tests.support.a_call import a_record, spoke

_GOLDEN = Path(__file__).parent / "wire"
_FILES = sorted(path.name for path in _GOLDEN.glob("*.json"))
_RECORDS = [name for name in _FILES if name.removesuffix(".json").split("_")[0] == "record"]
_EVENTS = [name for name in _FILES if name not in _RECORDS]


def golden(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_GOLDEN / name).read_text(encoding="utf-8"))
    return found


def test_every_kind_has_a_golden_file() -> None:
    """Adding an event without its file would leave its wire form unpromised."""
    kinds = {golden(name)["kind"] for name in _FILES if "from_the_future" not in name}
    events = [cls for cls in get_args(Event) if cls is not UnknownEvent]
    assert {cls.__name__ for cls in events} | {"Record"} == {kind.title().replace("_", "") for kind in kinds}


@pytest.mark.parametrize("name", _EVENTS)
def test_event_round_trips(name: str) -> None:
    """Read and written again, an event of today or of the future is what it was, unknown fields included."""
    event = wire.decode(golden(name))
    assert wire.encode(event) == golden(name)
    assert wire.decode(json.loads(json.dumps(wire.encode(event)))) == event


@pytest.mark.parametrize("name", _RECORDS)
def test_record_round_trips(name: str) -> None:
    """A record of today or of the future survives this version, and its next snapshot does."""
    record = wire.decode_record(golden(name))
    assert wire.encode_record(record) == golden(name)
    grown = wire.encode_record(record.evolve(turns=9))
    assert grown == golden(name) | {"turns": 9, "version": golden(name)["version"] + 1}


def test_known_kinds_are_decoded_to_their_classes() -> None:
    """Golden files are read as objects of the house, not merely passed through."""
    started = wire.decode(golden("call_started.json"))
    assert isinstance(started, CallStarted)
    assert started.caller.leg is Leg.SIP
    assert started.caller.attributes == {"sip.callID": "SCL_1"}
    ended = wire.decode(golden("call_ended.json"))
    assert isinstance(ended, CallEnded)
    assert ended.outcome is Outcome.RESOLVED


def test_unknown_field_leaves_the_event_usable() -> None:
    """A newer worker's `confidence` does not hide from this version what the caller said."""
    event = wire.decode(golden("caller_spoke_from_the_future.json"))
    assert isinstance(event, CallerSpoke)
    assert wire.kind_of(event) == "caller_spoke"
    assert wire.encode(replace(event, text="bye"))["confidence"] == 0.93


def test_unknown_kind_or_value_is_kept_whole() -> None:
    """A kind, an outcome or a version that this program has no word for is passed on, not lost."""
    for name in ("unknown_kind_from_the_future.json", "call_ended_from_the_future.json", "v2_from_the_future.json"):
        event = wire.decode(golden(name))
        assert isinstance(event, UnknownEvent)
        assert (event.kind, event.seq) == (golden(name)["kind"], golden(name)["seq"])


def test_an_unknown_event_keeps_its_epoch() -> None:
    """It is known by (epoch, seq) like any other: with epoch 1 for all a second worker's would be taken for a repeat.
    An epoch that is none is the payload's own affair."""
    future = golden("unknown_kind_from_the_future.json")
    second = wire.decode(future | {"epoch": 2})
    assert (wire.decode(future).epoch, second.epoch) == (1, 2)
    assert wire.encode(second) == future | {"epoch": 2}
    assert wire.encode(replace(second, epoch=3)) == future | {"epoch": 3}
    odd = wire.decode(future | {"epoch": "second"})
    assert (odd.epoch, wire.encode(odd)["epoch"]) == (1, "second")


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"v": 1},
        {"kind": []},
        {"kind": "caller_spoke", "v": 1},
        {"kind": 7, "call_id": "c", "seq": 1, "at": 0.0},
        {"kind": "dtmf_pressed", "v": 1, "call_id": "c", "seq": "one", "at": 0.0, "digit": "5"},
    ],
)
def test_what_is_no_event_is_refused(broken: dict[str, Any]) -> None:
    """Foreign JSON is a WireError, never another exception: a reader of files catches one kind."""
    with pytest.raises(wire.WireError):
        wire.decode(broken)


@pytest.mark.parametrize(
    "change", [{"v": 2}, {"kind": "call_ended"}, {"outcome": "vanished"}, {"turns": "3"}, {"caller": 1}]
)
def test_what_is_no_record_is_refused(change: dict[str, Any]) -> None:
    """A record is never half understood, and the error does not quote the caller's data."""
    with pytest.raises(wire.WireError) as caught:
        wire.decode_record(golden("record.json") | change)
    assert "+15550100" not in str(caught.value)


def test_anything_a_tool_answers_can_be_written() -> None:
    """A tool's odd values (NaN, a path, half a surrogate, a set) must not stop the journal for the rest of the call."""
    odd = {"n": math.nan, 5: Path("x"), "s": "\ud83d", "set": {1}, "leg": Leg.WEB, "flag": True}
    event = ToolCalled(call_id="c", seq=1, at=0.0, turn=1, tool="t", arguments=odd)  # type: ignore[arg-type]
    written = json.dumps(wire.encode(event), allow_nan=False, ensure_ascii=False).encode()
    arguments = json.loads(written)["arguments"]
    assert arguments == {"n": None, "5": "x", "s": "?", "set": [1], "leg": "web", "flag": True}


def test_defaults_may_be_absent() -> None:
    """An old event without a field that came later is read with the default."""
    event = wire.encode(spoke(a_record(), 1)) | {"kind": "turn_timed"}
    del event["text"]
    assert wire.encode(wire.decode(event))["voice_to_voice_s"] is None


def test_a_whole_record_is_equal_after_the_trip() -> None:
    """Nothing of a record is lost or changes its type."""
    record = a_record().evolve(answered_at=1.5, data={"a": [1, {"b": None}]}).close(2.5, Outcome.FAILED, "stt_deaf")
    back = wire.decode_record(json.loads(json.dumps(wire.encode_record(record))))
    assert back == record
    assert isinstance(back, CallRecord)
