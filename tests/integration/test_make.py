"""`make` alone says what it can do."""

from __future__ import annotations

import re
import subprocess

from local.paths import ROOT


def _make(*arguments: str) -> str:
    done = subprocess.run(["make", "--no-print-directory", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_make_alone_prints_its_targets_with_what_they_do() -> None:
    told = re.findall(r"^  ([a-z]+) +\S", _make(), re.MULTILINE)
    assert told == ["run", "call", "talk", "check", "fix", "test", "soak", "faults", "bench", "doctor", "lock"]


def test_what_only_tests_use_is_installed_for_tests() -> None:
    assert "--tests" in _make("-n", "test")
    assert "--tests" not in _make("-n", "run")


def test_options_reach_the_programs() -> None:
    """`make test T=...` and `make call ARGS=...` are what the pages tell people to type."""
    assert "-m pytest -p no:cacheprovider tests/unit -x" in _make("-n", "test", "T=tests/unit", "ARGS=-x")
    assert '-m local.caller --say "Hello there"' in _make("-n", "call", 'ARGS=--say "Hello there"')
