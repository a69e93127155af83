"""promtool is fetched without installing anything, and where it can't be had the way to get it is said."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from local import promtool
from local.promtool import NoPromtoolError


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing but the folder `tools` on its PATH; what is fetched lands in `bin`."""
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setattr(promtool, "BIN", tmp_path / "bin")
    monkeypatch.setattr(promtool, "PROGRAM", tmp_path / "bin/promtool")
    return tools


def program(folder: Path, name: str, lines: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_one_on_path_is_taken_as_it_is(empty: Path) -> None:
    """Whoever has Prometheus installed fetches nothing."""
    installed = program(empty, "promtool", "exit 0")
    assert promtool.promtool() == installed


def test_it_is_fetched_once_and_nothing_else_is_left(empty: Path, tmp_path: Path) -> None:
    """The second time neither apt-get nor dpkg is asked."""
    program(empty, "apt-get", '[ "$2 $3" = "download prometheus" ] && : > prometheus_2.42_amd64.deb')
    unpack = '/bin/mkdir -p "$3/usr/bin" && : > "$3/usr/bin/promtool" && /bin/chmod +x "$3/usr/bin/promtool"'
    program(empty, "dpkg-deb", unpack)
    assert promtool.promtool() == tmp_path / "bin/promtool"
    for tool in ("apt-get", "dpkg-deb"):
        (empty / tool).unlink()
    assert promtool.promtool() == tmp_path / "bin/promtool"
    assert [path.name for path in (tmp_path / "bin").iterdir()] == ["promtool"]


@pytest.mark.parametrize("apt", [None, "echo 'E: no sources' && exit 100", "exit 0"])
def test_where_it_can_not_be_had_it_says_how(empty: Path, tmp_path: Path, apt: str | None) -> None:
    """No Debian, no network, no package: the test that needs it is skipped with these words."""
    if apt is not None:
        program(empty, "apt-get", apt)
        program(empty, "dpkg-deb", "exit 0")
    with pytest.raises(NoPromtoolError, match=r"promtool on PATH|brew install prometheus"):
        promtool.promtool()
    assert not (tmp_path / "bin/promtool").exists()
