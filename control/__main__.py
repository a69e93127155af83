"""`python -m control COMMAND`: each module of control/commands/ is a command, by its name.

A command's module has `HELP` (one line), `add_arguments(parser)` and `async run(arguments) -> int` (the exit status;
what it says goes to stdout, and what went wrong to stderr).
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import pkgutil
import sys
from collections.abc import Awaitable, Sequence
from typing import Protocol, cast

from control import commands
from ops.settings import exit_on_bad_settings


class Command(Protocol):
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> Awaitable[int]: ...


def found() -> dict[str, Command]:
    """The commands, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(commands.__path__))
    return {name: cast(Command, importlib.import_module(f"control.commands.{name}")) for name in names}


def main(arguments: Sequence[str] | None = None) -> int:
    """2 where the command line or the settings are wrong, else what the command says."""
    parser = argparse.ArgumentParser(prog="python -m control", description="What an operator does beside the service.")
    choice = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    known = found()
    for name, command in known.items():
        command.add_arguments(choice.add_parser(name, help=command.HELP, description=command.HELP))
    given = parser.parse_args(arguments)

    async def run() -> int:
        return await known[given.command].run(given)

    with exit_on_bad_settings():
        return asyncio.run(run())


if __name__ == "__main__":
    sys.exit(main())
