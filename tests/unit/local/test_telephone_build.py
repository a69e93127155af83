"""The telephone double is built anew exactly when what it is built from has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from local import telephone_build


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "go.mod").write_text("module telephone\n")
    (tmp_path / "main.go").write_text("package main\n")
    monkeypatch.setattr(telephone_build, "SOURCES", tmp_path)
    return tmp_path


@pytest.mark.parametrize("changed", ["main.go", "go.mod", "new.go", "inner/other.go"])
def test_a_changed_source_is_another_program(sources: Path, changed: str) -> None:
    before = telephone_build.name()
    (sources / changed).parent.mkdir(exist_ok=True)
    (sources / changed).write_text("package changed\n")
    assert telephone_build.name() != before


@pytest.mark.parametrize("changed", ["main_test.go", "notes.md"])
def test_tests_and_notes_are_no_part_of_it(sources: Path, changed: str) -> None:
    before = telephone_build.name()
    (sources / changed).write_text("package changed\n")
    assert telephone_build.name() == before
