"""`python -m local.run`: the whole call centre on this machine, until Ctrl-C. `make run` prepares the machine first."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from local import build, environment, packages, services
from local.console import Console
from local.go_tool import CannotBuildError, Say
from local.info import NoStackError, StackInfo
from local.lines import BadLinesError
from local.paths import CALL_CENTER, STACK_FILE, VAR
from local.ports import Ports, taken
from local.stack import Stack
from local.supervisor import Supervisor

CANNOT_START = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it was told to stop, 1 when a process died or did not become ready, 2 when it could not be started."""
    options = parser().parse_args(arguments)
    console = Console(sys.stdout, colours=sys.stdout.isatty())
    signal.signal(signal.SIGTERM, _interrupt)  # until the supervisor takes the signals, a build may run for minutes
    try:
        stack = stack_of(options, console.say)
        if problem := obstacles(stack, options):
            console.failed(problem)
            return CANNOT_START
        build.programs(stack.names, console.say)
    except (BadLinesError, CannotBuildError) as error:
        console.failed(str(error))
        return CANNOT_START
    except KeyboardInterrupt:
        return 0
    console.say(f"Starting {', '.join(stack.names)}. Logs are in {options.data_dir / 'log'}.")
    return asyncio.run(Supervisor(stack, console, _stack_file(options.data_dir)).run())


def parser() -> argparse.ArgumentParser:
    """The options of `make run`."""
    made = argparse.ArgumentParser(prog="python -m local.run", description=__doc__)
    made.add_argument("--free-ports", action="store_true", help="take ports that are free now, not the usual ones")
    made.add_argument("--only", nargs="+", choices=services.NAMES, metavar="PROCESS", help="start these only")
    made.add_argument("--config", type=Path, default=CALL_CENTER, help="default: config/callcenter.yaml")
    made.add_argument("--data-dir", type=Path, default=VAR, help="logs and call records go here; default: var/")
    for name, port in Ports().items():
        option = f"--{name.replace('_', '-')}-port"
        made.add_argument(option, type=int, metavar="PORT", help=f"default: {port}")
    return made


def stack_of(options: argparse.Namespace, say: Say) -> Stack:
    """The stack that the options ask for, not yet started; leaves its ports in `options.ports`. BadLinesError."""
    chosen = {name: getattr(options, f"{name}_port") for name, _ in Ports().items()}
    usual = dict((Ports.free() if options.free_ports else Ports()).items())
    options.ports = Ports(**usual | {name: port for name, port in chosen.items() if port is not None})
    operator = environment.Operator.from_environment()
    return Stack(
        options.data_dir,
        options.ports,
        only=options.only or services.NAMES,
        config=options.config,
        operator=operator,
        say=say,
    )


def obstacles(stack: Stack, options: argparse.Namespace) -> str | None:
    """What keeps the stack from starting here, all of it at once, with the remedies; None when nothing does."""
    problems = []
    absent = [
        package
        for package in packages.missing()
        if package.apt in services.PACKAGES_OF and set(services.PACKAGES_OF[package.apt]) & set(stack.names)
    ]
    if absent:
        problems.append(f"Missing: {', '.join(p.apt for p in absent)}. Install: {packages.command(absent)}")
    used = services.ports_of(stack.names)
    for busy in taken(options.ports):
        if busy.name in used:
            by = f" by {busy.by}" if busy.by else ""
            problems.append(
                f"Port {busy.port} ({busy.name}) is taken{by}. Use another: {busy.option} {busy.port + 1000}"
            )
    if any(problem.startswith("Port") for problem in problems):
        problems.append(_about_ports(_stack_file(options.data_dir)))
    return "\n".join(problems) or None


def _stack_file(data_dir: Path) -> Path:
    return data_dir / STACK_FILE.relative_to(VAR)


def _about_ports(stack_file: Path) -> str:
    try:
        StackInfo.read(stack_file)
    except (NoStackError, ValueError, TypeError):
        return 'Or let it find free ones: make run ARGS="--free-ports"'
    return (
        'A stack of this checkout seems to run already: use that one, or start a second: make run ARGS="--free-ports"'
    )


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
