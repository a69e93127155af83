"""A machine without rights: what is missing is told as a command, and what can be done without is done without."""

from __future__ import annotations

import pytest

from local import bootstrap, packages, python_packages


@pytest.fixture(autouse=True)
def _no_rights_and_nothing_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_as_root", lambda: None)
    monkeypatch.setattr(python_packages, "install", lambda: None)
    monkeypatch.setattr("sys.argv", ["bootstrap.py"])


def _lacks(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(packages, "missing", lambda **_: [found for found in packages.NEEDED if found.apt in names])


def test_what_it_can_not_do_it_tells(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _lacks(monkeypatch, "redis-server", "libportaudio2")
    assert bootstrap.main() == 2
    assert "sudo apt-get install -y redis-server libportaudio2" in capsys.readouterr().err


def test_a_missing_loudspeaker_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _lacks(monkeypatch, "libportaudio2")
    assert bootstrap.main() == 0
    assert "It goes on without." in capsys.readouterr().err
