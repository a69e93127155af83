"""A package's commands: `python -m sip apply` is sip/commands/apply.py. A command more is a file more, and no list.

A command's module has `HELP` (one line), `add_arguments(parser)` and `async run(arguments) -> int` (the exit status;
what it says goes to stdout, and what went wrong to stderr).
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import pkgutil
from collections.abc import Awaitable, Sequence
from types import ModuleType
from typing import Protocol, cast


class Command(Protocol):
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> Awaitable[int]: ...


def found(package: ModuleType) -> dict[str, Command]:
    """The commands of `package`, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return {name: cast(Command, importlib.import_module(f"{package.__name__}.{name}")) for name in names}


def run(parser: argparse.ArgumentParser, package: ModuleType, arguments: Sequence[str] | None = None) -> int:
    """What the chosen command says. A wrong command line leaves as `parser` leaves (its subparsers are of its kind)."""
    choice = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    known = found(package)
    for name, command in known.items():
        command.add_arguments(choice.add_parser(name, help=command.HELP, description=command.HELP))
    given = parser.parse_args(arguments)

    async def chosen() -> int:
        return await known[given.command].run(given)

    return asyncio.run(chosen())
