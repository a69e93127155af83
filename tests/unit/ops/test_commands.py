"""A package's modules are its commands."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from ops.commands import found, run

_GREET = """
HELP = "Greets."
def add_arguments(parser):
    parser.add_argument("--to", default="you")
async def run(arguments):
    print("hello", arguments.to)
    return 7
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    folder = tmp_path / "words_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "greet.py").write_text(_GREET)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("words_of_a_test")
    for name in [name for name in sys.modules if name.startswith("words_of_a_test")]:
        del sys.modules[name]


def test_a_module_is_a_command(package: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """Its arguments reach it, its status comes back."""
    assert list(found(package)) == ["greet"]
    assert run(argparse.ArgumentParser(), package, ["greet", "--to", "all"]) == 7
    assert capsys.readouterr().out == "hello all\n"


@pytest.mark.parametrize("arguments", [[], ["leave"], ["greet", "--bogus"]])
def test_a_wrong_line_ends_as_the_parser_ends(package: ModuleType, arguments: list[str]) -> None:
    """Also of a command's own arguments: `python -m sip` has 1 for it, where argparse has 2."""

    class Ended(Exception):
        pass

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> None:  # type: ignore[override]
            raise Ended

    with pytest.raises(Ended):
        run(Parser(), package, arguments)
