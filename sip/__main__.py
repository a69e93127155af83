"""`python -m sip COMMAND`: telephone lines, set up and looked after. Each module of sip/commands/ is a command.

A command's module has `HELP` (one line), `add_arguments(parser)` and `async run(arguments) -> int` (the exit status;
what it says goes to stdout, and what went wrong to stderr). What stops any of them is exit status 1: 2 is `plan`'s word
for "there is something to do".
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import pkgutil
import sys
from collections.abc import Awaitable, Sequence
from typing import NoReturn, Protocol, cast

from config.problems import ConfigError
from ops.settings import BadSettings
from sip import commands
from sip.errors import SipError
from sip.show import plain


class Command(Protocol):
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> Awaitable[int]: ...


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: {message}\n")


def found() -> dict[str, Command]:
    """The commands, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(commands.__path__))
    return {name: cast(Command, importlib.import_module(f"sip.commands.{name}")) for name in names}


def main(arguments: Sequence[str] | None = None) -> int:
    """1 where the command line, the settings or the configuration are wrong, else what the command says."""
    parser = _Parser(prog="python -m sip", description="Telephone lines: set up, looked after, and dialled out on.")
    choice = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    known = found()
    for name, command in known.items():
        command.add_arguments(choice.add_parser(name, help=command.HELP, description=command.HELP))
    given = parser.parse_args(arguments)

    async def run() -> int:
        return await known[given.command].run(given)

    try:
        return asyncio.run(run())
    except (BadSettings, ConfigError) as error:
        sys.stderr.write("\n".join(f"{number}. {problem}" for number, problem in enumerate(error.problems, 1)) + "\n")
    except SipError as error:
        sys.stderr.write("\n".join(map(plain, str(error).splitlines())) + "\n")
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. What was done is above; the same command goes on from there.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
