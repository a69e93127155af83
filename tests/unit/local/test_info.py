"""`make call` finds the stack of `make run` by a file, and says so when there is none."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from local.info import NoStackError, StackInfo
from local.ports import Ports


def _info(tmp_path: Path, **ports: int) -> StackInfo:
    numbers = ("+15550100001", "+15550100002")
    return StackInfo.of(Ports(**ports), tmp_path, numbers, "receptionist", ("key", "secret"))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "run" / "stack.json"
    _info(tmp_path).write(path)
    assert StackInfo.read(path) == _info(tmp_path)


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """It holds the server's secret."""
    path = tmp_path / "stack.json"
    _info(tmp_path).write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_file_says_how_to_start_a_stack(tmp_path: Path) -> None:
    with pytest.raises(NoStackError, match="make run"):
        StackInfo.read(tmp_path / "stack.json")


def test_a_stack_takes_away_its_own_file_only(tmp_path: Path) -> None:
    """The first of two stacks ends: the second one must still be found."""
    path, first, second = tmp_path / "stack.json", _info(tmp_path), _info(tmp_path, livekit=17880)
    second.write(path)
    first.remove(path)
    assert StackInfo.read(path) == second
    second.remove(path)
    assert not path.exists()
