"""Records as files, read while a worker writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local.records import reading

EVENT = {"v": 1, "kind": "caller_spoke", "call_id": "c1", "at": 1.0, "text": "words"}


def _event(seq: int, **more: Any) -> str:
    return json.dumps({**EVENT, "seq": seq, **more}) + "\n"


async def _seqs(folder: Path, after: tuple[int, int] = (0, 0)) -> list[int]:
    async with reading(f"memory://{folder}") as records:
        return [event["seq"] for event in await records.events("c1", after)]


async def test_half_a_line_is_no_event_yet(tmp_path: Path) -> None:
    """We look while the worker writes."""
    (tmp_path / "c1.jsonl").write_text(_event(1) + _event(2)[:20])
    assert await _seqs(tmp_path) == [1]


async def test_a_replayed_event_is_there_once(tmp_path: Path) -> None:
    """A journal that came back from an outage writes again what it can't be sure of."""
    (tmp_path / "c1.jsonl").write_text(_event(1) + _event(2) + _event(1) + _event(2) + _event(3))
    assert await _seqs(tmp_path) == [1, 2, 3]
    assert await _seqs(tmp_path, after=(1, 2)) == [3]


async def test_what_is_no_event_is_passed_over(tmp_path: Path) -> None:
    """A worker killed in mid-write leaves half a line before the next one."""
    (tmp_path / "c1.jsonl").write_text('{"v": 1, "kind\n[]\n{"kind": "x"}\n' + _event(1))
    assert await _seqs(tmp_path) == [1]


async def test_half_a_record_is_none_yet(tmp_path: Path) -> None:
    (tmp_path / "c1.json").write_text('{"outcome": nu')
    (tmp_path / "c2.json").write_text('{"outcome": "resolved", "ended_at": 2.0}')
    (tmp_path / "c3.json").write_text('{"outcome": null}')
    async with reading(f"memory://{tmp_path}") as records:
        assert await records.record("c1") is None
        assert list(await records.all()) == ["c2", "c3"]
        assert await records.open_calls() == ["c3"]


async def test_an_id_that_is_a_path_is_not_followed(tmp_path: Path) -> None:
    """The id comes from a participant's attributes: whoever is in the room could write it."""
    (tmp_path / "secret.json").write_text('{"outcome": "resolved"}')
    (tmp_path / "secret.jsonl").write_text(_event(1))
    async with reading(f"memory://{tmp_path}/calls") as records:
        assert await records.record("../secret") is None
        assert await records.events("../secret") == []
