"""Building a Go program is quiet when it works, and says what to do when it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from local import go_tool


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose PATH holds what a test puts into `bin`."""
    monkeypatch.setattr(go_tool, "BIN", tmp_path / "built")
    monkeypatch.setattr(go_tool, "go", lambda: str(tmp_path / "go") if (tmp_path / "go").exists() else None)
    return tmp_path


def _go(place: Path, script: str) -> None:
    (place / "go").write_text(f"#!/bin/sh\n{script}\n")
    (place / "go").chmod(0o755)


def test_the_program_lands_under_its_name(place: Path) -> None:
    _go(place, 'echo compiling; printf program > "$GOBIN/server"')
    said: list[str] = []
    built = go_tool.build(["install", "x"], name="server-v1", directory=None, say=said.append)
    assert built == place / "built" / "server-v1"
    assert built.read_text() == "program"
    assert [found.name for found in (place / "built").iterdir()] == ["server-v1"], "no scratch is left"
    assert said == [], "the compiler's words are kept back"


def test_a_failed_build_shows_the_compilers_last_lines(place: Path) -> None:
    _go(place, "echo 'server.go:3: undefined: x'; exit 1")
    with pytest.raises(go_tool.CannotBuildError, match=r"exit code 1.*\n.*undefined: x"):
        go_tool.build(["install", "x"], name="server-v1", directory=None, say=lambda _: None)
    assert list((place / "built").iterdir()) == []


def test_without_go_the_message_says_how_to_get_it(place: Path) -> None:
    with pytest.raises(go_tool.CannotBuildError, match=r"Go is missing: install Go .*go\.dev/dl"):
        go_tool.build(["install", "x"], name="server-v1", directory=None, say=lambda _: None)
