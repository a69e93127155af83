"""A package's commands: `python -m sip apply` is sip/commands/apply.py. A command more is a file more, and no list.

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
from types import ModuleType
from typing import NoReturn, Protocol, cast

from ops.terminal import plain


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


class Parser(argparse.ArgumentParser):
    """For a command line on which 2 is a command's own word, "there is something to do": a wrong one leaves with 1."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: {message}\n")


def told(
    parser: Parser,
    package: ModuleType,
    arguments: Sequence[str] | None,
    *,
    mistakes: tuple[type[Exception], ...],
    stopped: type[Exception],
) -> int:
    """As `run`; 1 and words on stderr for an exception of `mistakes`, whose `problems` are all listed, for one of
    `stopped`, a few lines that say what to do, and for Ctrl-C."""
    try:
        return run(parser, package, arguments)
    except mistakes as error:
        problems: Sequence[object] = error.problems  # type: ignore[attr-defined]
        sys.stderr.write("\n".join(f"{number}. {problem}" for number, problem in enumerate(problems, 1)) + "\n")
    except stopped as error:
        sys.stderr.write("\n".join(map(plain, str(error).splitlines())) + "\n")
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. What was done is above; the same command goes on from there.\n")
    return 1
