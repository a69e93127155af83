"""The doctor names what is missing and the command that mends it."""

from __future__ import annotations

import pytest

from local import doctor, packages


def test_a_missing_package_comes_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    redis = next(package for package in packages.NEEDED if package.apt == "redis-server")
    monkeypatch.setattr(packages, "missing", lambda **_: [redis])
    (finding,) = [finding for finding in doctor.findings() if finding.what.startswith("redis-server")]
    assert finding.remedy == packages.command([redis])


def test_its_exit_code_says_whether_something_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "findings", lambda: iter([doctor.Finding("a"), doctor.Finding("b", "mend b")]))
    assert doctor.main() == 1
    assert "mend b" in capsys.readouterr().out
    monkeypatch.setattr(doctor, "findings", lambda: iter([doctor.Finding("a")]))
    assert doctor.main() == 0
