"""Who can't be talked with is told why, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from local import environment, microphone, packages
from local.info import StackInfo
from local.ports import Ports


def _stack_file(tmp_path: Path) -> Path:
    """The file of a stack that has gone: nobody listens on its ports."""
    keys = (environment.API_KEY, environment.API_SECRET)
    StackInfo.of(Ports.free(), tmp_path, (), environment.AGENT_NAME, keys).write(tmp_path / "stack.json")
    return tmp_path / "stack.json"


def test_without_a_stack_it_says_how_to_start_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert microphone.main(["--stack", str(tmp_path / "none.json")]) == 2
    assert "make run" in capsys.readouterr().err


def test_a_stack_that_was_killed_is_no_stack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`kill -9` leaves stack.json behind: the agent would start, and hear nobody."""
    assert microphone.main(["--stack", str(_stack_file(tmp_path))]) == 2
    assert "does not answer any more" in capsys.readouterr().err


def test_a_machine_without_portaudio_is_told_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    portaudio = next(package for package in packages.NEEDED if package.apt == "libportaudio2")
    monkeypatch.setattr(packages, "missing", lambda **_: [portaudio])
    monkeypatch.setenv("RIVA_URI", "riva.example:50051")  # elsewhere: not this stack's to answer
    assert microphone.main(["--stack", str(_stack_file(tmp_path))]) == 2
    assert packages.command([portaudio]) in capsys.readouterr().err


def test_the_operators_own_models_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`LLM_BASE_URL=... make talk` as in `make run`."""
    monkeypatch.setenv("LLM_BASE_URL", "http://gpu.example:8000/v1")
    info = StackInfo.read(_stack_file(tmp_path))
    given = environment.for_console(info, environment.Operator.from_environment())
    assert given["LLM_BASE_URL"] == "http://gpu.example:8000/v1"
    assert given["TTS_BASE_URL"] == info.tts_base_url
