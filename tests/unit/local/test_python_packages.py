"""Python packages are installed when a requirement changed, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from local import python_packages


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with requirements and a .venv whose python writes what it is asked into `asked`."""
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\ntest ! -e {tmp_path}/broken || {{ echo no; exit 1; }}\n'
    )
    python.chmod(0o755)
    (tmp_path / "tts_server").mkdir()
    for name in python_packages.REQUIREMENTS:
        (tmp_path / name).write_text("aiohttp==1\n")
    monkeypatch.setattr(python_packages, "ROOT", tmp_path)
    monkeypatch.setattr(python_packages, "STAMP", tmp_path / ".venv" / "stamp")
    monkeypatch.setattr(python_packages, "_PYTHON", python)
    return tmp_path


def _installs(checkout: Path) -> int:
    asked = checkout / "asked"
    return len(asked.read_text().splitlines()) if asked.exists() else 0


def test_the_second_time_nothing_is_installed(checkout: Path) -> None:
    python_packages.install()
    python_packages.install()
    assert _installs(checkout) == 1


@pytest.mark.parametrize("changed", python_packages.REQUIREMENTS)
def test_a_changed_requirement_is_installed(checkout: Path, changed: str) -> None:
    """A pull that moves a version must reach .venv before the code that needs it runs."""
    python_packages.install()
    (checkout / changed).write_text("aiohttp==2\n")
    assert not python_packages.installed()
    python_packages.install()
    assert _installs(checkout) == 2


def test_a_failed_install_is_tried_again(checkout: Path) -> None:
    (checkout / "broken").touch()
    with pytest.raises(python_packages.PipError, match="no"):
        python_packages.install()
    (checkout / "broken").unlink()
    assert not python_packages.installed()
