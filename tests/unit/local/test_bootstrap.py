"""Whatever Python a machine has can read the bootstrap, and is told what is wrong with it."""

from __future__ import annotations

import ast

import pytest

from local import bootstrap
from local.paths import ROOT


@pytest.mark.parametrize(("version", "fits"), [((3, 9), False), ((3, 10), False), ((3, 11), True), ((3, 14), True)])
def test_old_pythons_are_told_which_one_to_take(version: tuple[int, int], fits: bool) -> None:
    problem = bootstrap.too_old(version)
    assert (problem is None) is fits
    assert fits or "PYTHON=python3.11" in str(problem)


@pytest.mark.parametrize("name", ["bootstrap", "doctor"])
def test_it_parses_in_a_python_that_is_too_old(name: str) -> None:
    """A syntax error would be all that macOS' own Python 3.9 has to say."""
    ast.parse((ROOT / "local" / f"{name}.py").read_text(), feature_version=(3, 8))


def test_what_runs_before_the_packages_are_there_needs_none_of_them() -> None:
    """`make run` on a bare machine starts with the standard library alone."""
    import subprocess
    import sys

    names = "bootstrap build doctor packages python_packages go_tool livekit_server doubles environment guardian"
    imports = "; ".join(f"import local.{name}" for name in names.split())
    done = subprocess.run([sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, '{ROOT}'); {imports}"])
    assert done.returncode == 0
