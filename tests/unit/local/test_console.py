"""The live view tells a call as a person would read it, in any terminal, and tells no whole number."""

from __future__ import annotations

import io
from typing import Any

from local.console import Console, masked

_ID = "0198c2d4-0000-7000-8000-0000005e11ed"


def _shown(*events: dict[str, Any], colours: bool = False) -> list[str]:
    out = io.StringIO()
    console = Console(out, colours=colours)
    for seq, event in enumerate(events, start=1):
        console.event({"v": 1, "call_id": _ID, "seq": seq, "at": 1000.0 + seq, **event})
    return out.getvalue().splitlines()


def _started(**caller: Any) -> dict[str, Any]:
    return {"kind": "call_started", "line": "clinic", "persona": "clinic-receptionist", "caller": caller}


def test_a_call_reads_from_its_ring_to_its_outcome() -> None:
    lines = _shown(
        _started(leg="sip", number="+15550100099"),
        {"kind": "call_answered"},
        {"kind": "caller_spoke", "turn": 1, "text": "I need an appointment"},
        {"kind": "agent_spoke", "turn": 1, "text": "Of course, which", "interrupted": True},
        {"kind": "turn_timed", "turn": 1, "voice_to_voice_s": 0.6402, "llm_first_token_s": None},
        {"kind": "tool_called", "tool": "book", "arguments": {"day": "Monday"}, "result": "booked", "ok": True},
        {"kind": "dtmf_pressed", "digit": "5"},
        {"kind": "call_ended", "outcome": "resolved", "reason": "caller_hung_up", "failure": None},
    )
    words = [line.split(" ", 2)[2] for line in lines]
    assert words == [
        "call     sip line clinic, clinic-receptionist, from ...0099",
        "answered after 1.0 s",
        "caller   I need an appointment",
        "agent    Of course, which -- (interrupted)",
        "         turn 1: voice to voice 640 ms",
        "tool     book(day=Monday) -> booked",
        "key      5",
        "ended    resolved (caller_hung_up) after 7.0 s",
    ]
    assert all(line.split(" ")[1] == "5e11ed" for line in lines), "each line says whose it is: calls run side by side"


def test_a_failure_is_told_with_what_the_caller_heard() -> None:
    (line,) = _shown({"kind": "failure_handled", "failure": "tts_down", "said": "One moment.", "detail": "refused"})
    assert line.endswith('FAILURE  tts_down: said "One moment." (refused)')


def test_a_call_that_lost_its_worker_is_told_from_both_sides() -> None:
    """Who looks after it says that another is sent for, the other says what it knows."""
    out = io.StringIO()
    console = Console(out, colours=False)
    line = {"timestamp": "2026-11-21T12:00:00.000+00:00", "call_id": _ID, "reason": "worker_gone"}
    console.control({**line, "event": "call taken over"})
    console.control({**line, "event": "this replica leads"})
    resumed = {"kind": "call_resumed", "known": 12, "silent_s": 1.26, "epoch": 2}
    told = [*out.getvalue().splitlines(), *_shown(resumed)]
    assert [line.split(" ", 2)[2] for line in told] == [
        "REVIVED  another worker is sent for: worker_gone",
        "resumed  by another worker, which knows 12 events; nobody listened for at most 1.3 s",
    ]


def test_no_whole_number_is_shown() -> None:
    """A screen shared in a meeting is no place for a caller's number."""
    (line,) = _shown(_started(leg="sip", number="+15550100099"))
    assert "+1555010" not in line
    assert masked(None) == "a withheld number"


def test_a_web_caller_has_no_number() -> None:
    (line,) = _shown(_started(leg="web", number=None))
    assert line.endswith("from a browser")


def test_a_kind_of_a_later_version_is_passed_over() -> None:
    assert _shown({"kind": "recording_started"}) == []


def test_colours_are_for_terminals() -> None:
    """In a pipe or a log an escape sequence is noise."""
    spoken = {"kind": "caller_spoke", "text": "hello"}
    assert "\033[" in _shown(spoken, colours=True)[0]
    assert "\033[" not in _shown(spoken)[0]
