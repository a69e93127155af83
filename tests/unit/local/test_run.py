"""What keeps the stack from starting is told at once, with the remedy, and nothing is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from local import packages, run


def test_without_redis_the_command_that_installs_it_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    redis = next(package for package in packages.NEEDED if package.apt == "redis-server")
    monkeypatch.setattr(packages, "missing", lambda: [redis])
    assert run.main(["--free-ports", "--only", "redis", "--data-dir", str(tmp_path)]) == run.CANNOT_START
    assert packages.command([redis]) in capsys.readouterr().out


def test_what_another_process_needs_is_no_obstacle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a loudspeaker the stack runs all the same: only `agent/main.py console` needs one."""
    absent = [package for package in packages.NEEDED if package.optional]
    monkeypatch.setattr(packages, "missing", lambda: absent)
    given = run.parser().parse_args(["--free-ports", "--data-dir", str(tmp_path)])
    assert run.obstacles(run.stack_of(given, print), given) is None


def test_a_configuration_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = tmp_path / "nowhere.yaml"
    assert run.main(["--config", str(nowhere), "--free-ports", "--data-dir", str(tmp_path)]) == run.CANNOT_START
    assert str(nowhere) in capsys.readouterr().out


def test_a_port_can_be_chosen_beside_free_ones(tmp_path: Path) -> None:
    given = run.parser().parse_args(["--free-ports", "--llm-port", "18100", "--data-dir", str(tmp_path)])
    stack = run.stack_of(given, print)
    assert given.ports.llm == 18100
    assert given.ports.redis != 7379
    assert stack.info.llm_base_url == "http://127.0.0.1:18100/v1"
