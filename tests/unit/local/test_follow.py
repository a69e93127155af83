"""The live view follows the files that the worker writes while it is writing them."""

from __future__ import annotations

import json
from pathlib import Path

from local.follow import Follower


def _event(seq: int, call: str = "c1", kind: str = "caller_spoke") -> str:
    return json.dumps({"v": 1, "kind": kind, "call_id": call, "seq": seq, "at": 1.0, "text": f"words {seq}"}) + "\n"


def _append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_events_are_told_once_as_they_come(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    _append(tmp_path / "c1.jsonl", _event(1))
    assert [event["seq"] for event in follower.new()] == [1]
    _append(tmp_path / "c1.jsonl", _event(2) + _event(3))
    assert [event["seq"] for event in follower.new()] == [2, 3]
    assert list(follower.new()) == []


def test_half_a_line_waits_for_its_other_half(tmp_path: Path) -> None:
    """We look while the worker writes: half an event is none yet."""
    follower, line = Follower(tmp_path), _event(1)
    _append(tmp_path / "c1.jsonl", line[:20])
    assert list(follower.new()) == []
    _append(tmp_path / "c1.jsonl", line[20:])
    assert [event["seq"] for event in follower.new()] == [1]


def test_a_replayed_event_is_told_once(tmp_path: Path) -> None:
    """A journal that came back from an outage writes again what it can't be sure of."""
    follower = Follower(tmp_path)
    _append(tmp_path / "c1.jsonl", _event(1) + _event(2) + _event(1) + _event(2) + _event(3))
    assert [event["seq"] for event in follower.new()] == [1, 2, 3]


def test_two_calls_do_not_hide_each_others_events(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    _append(tmp_path / "c1.jsonl", _event(1))
    _append(tmp_path / "c2.jsonl", _event(1, call="c2"))
    assert [event["call_id"] for event in follower.new()] == ["c1", "c2"]


def test_calls_of_yesterday_are_not_told(tmp_path: Path) -> None:
    _append(tmp_path / "old.jsonl", _event(1))
    assert list(Follower(tmp_path).new()) == []


def test_what_is_no_event_is_passed_over(tmp_path: Path) -> None:
    """A worker killed in mid-write leaves half a line before the next one."""
    follower = Follower(tmp_path)
    _append(tmp_path / "c1.jsonl", '{"v": 1, "kind\n[]\n{"kind": "x"}\n' + _event(1))
    assert [event["seq"] for event in follower.new()] == [1]
