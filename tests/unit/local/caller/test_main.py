"""The command itself, where there is nobody to call."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.caller.__main__ import main
from local.info import StackInfo
from local.ports import Ports


async def test_without_a_stack_it_says_how_to_start_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await main(["--stack", str(tmp_path / "stack.json")]) == 2
    assert "make run" in capsys.readouterr().err


async def test_a_missing_file_is_found_before_anybody_is_called(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = tmp_path / "stack.json"
    StackInfo.of(Ports.free(), tmp_path, ("+15550100",), "receptionist", ("key", "secret")).write(stack)
    assert await main(["--stack", str(stack), "--wav", str(tmp_path / "none.wav")]) == 2
    assert "none.wav" in capsys.readouterr().err
