"""A double is built anew exactly when what it is built from has changed, and all are built of the same packages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from local.doubles import ALL, Double


@pytest.fixture
def double(tmp_path: Path) -> Double:
    (tmp_path / "go.mod").write_text("module telephone\n")
    (tmp_path / "main.go").write_text("package main\n")
    return Double("telephone", tmp_path)


@pytest.mark.parametrize("changed", ["main.go", "go.mod", "new.go", "inner/other.go"])
def test_a_changed_source_is_another_program(double: Double, changed: str) -> None:
    before = double.file
    (double.sources / changed).parent.mkdir(exist_ok=True)
    (double.sources / changed).write_text("package changed\n")
    assert double.file != before


@pytest.mark.parametrize("changed", ["main_test.go", "notes.md", "mixdown.py"])
def test_tests_notes_and_python_are_no_part_of_it(double: Double, changed: str) -> None:
    before = double.file
    (double.sources / changed).write_text("package changed\n")
    assert double.file == before


def test_no_package_is_needed_in_two_versions() -> None:
    """Each version more is another minute of building, on every new machine and in every check."""
    found: dict[str, set[str]] = {}
    for double in ALL:
        for module, version in re.findall(r"^\t(\S+) (v\S+)", (double.sources / "go.mod").read_text(), re.MULTILINE):
            found.setdefault(module, set()).add(version)
    assert found
    assert {module: versions for module, versions in found.items() if len(versions) > 1} == {}
