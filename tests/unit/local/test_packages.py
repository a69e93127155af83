"""What is missing is installed where that is allowed; else the very command is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from local import packages

_REDIS = next(package for package in packages.NEEDED if package.apt == "redis-server")


def test_a_program_that_is_not_on_the_path_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert _REDIS in packages.missing()


def test_what_only_tests_use_is_no_part_of_running(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make test` on a bare Debian once failed for want of strace and sox; `make run` needs neither."""
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("sys.platform", "linux")
    only_tests = {package.apt for package in packages.missing(tests=True)} - {p.apt for p in packages.missing()}
    assert only_tests == {"strace", "sox", "procps", "git"}


def test_nobody_without_rights_is_kept_from_the_tests_that_need_nothing() -> None:
    """`make test T=tests/unit` runs where strace can't be installed: bootstrap goes on without what is optional."""
    assert all(package.optional for package in packages.FOR_TESTS)


def test_without_root_the_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sudo that would ask for a password in the middle of `make run` is not asked."""
    monkeypatch.setattr(packages, "_as_root", lambda: None)
    with pytest.raises(
        packages.CannotInstallError, match="sudo apt-get update && sudo apt-get install -y redis-server"
    ):
        packages.install([_REDIS])


def test_macos_has_its_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert packages.command([_REDIS]) == "brew install redis"


def test_apt_is_asked_for_its_lists_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh image has no package lists: install alone finds nothing there."""
    apt, asked = tmp_path / "apt-get", tmp_path / "asked"
    apt.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n')
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(packages, "_as_root", list)
    packages.install([_REDIS])
    steps = [
        next(word for word in line.split() if word in {"update", "install"}) for line in asked.read_text().splitlines()
    ]
    assert steps == ["update", "install"]
    assert asked.read_text().strip().endswith("redis-server")


def test_what_apt_says_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\necho 'E: Unable to locate package'; exit 100\n")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(packages, "_as_root", list)
    with pytest.raises(packages.CannotInstallError, match="Unable to locate package"):
        packages.install([_REDIS])
