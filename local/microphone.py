"""`python -m local.microphone`: talk with the agent of the running stack, from this machine's microphone or keyboard.

It is `agent/main.py console`, with the environment of the stack that `make run` started; what it does not know itself
goes on to that program (`--text`, `--list-devices`, `--log-level DEBUG`).
"""

from __future__ import annotations

import argparse
import os
import shlex
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from local import environment, packages
from local.info import NoStackError, StackInfo
from local.paths import ROOT, STACK_FILE

_ANSWER_WITHIN_S = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Becomes the agent's console and does not return; 2 with the reason and the remedy on stderr when it can't."""
    parser = argparse.ArgumentParser(prog="python -m local.microphone", description=__doc__)
    parser.add_argument("--stack", type=Path, default=STACK_FILE, help="default: the one of make run")
    parser.add_argument(
        "--print-env", action="store_true", help="print the agent's environment as export lines, and end"
    )
    options, passed_on = parser.parse_known_args(arguments)
    operator = environment.Operator.from_environment()
    try:
        info = StackInfo.read(options.stack)
        given = environment.for_console(info, operator)
        if options.print_env:
            print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in given.items()))
            return 0
        _look_for_the_stack(info, operator)
        _look_for_portaudio()
        quiet = () if any(word.startswith("--log-level") for word in passed_on) else ("--log-level", "WARN")
        command = [sys.executable, str(ROOT / "agent" / "main.py"), "console", *quiet, *passed_on]
        os.execve(command[0], command, environment.for_terminal(operator) | given)  # noqa: S606 - no shell is meant
    except (NoStackError, packages.CannotInstallError) as error:
        print(error, file=sys.stderr)
        return 2


def _look_for_the_stack(info: StackInfo, operator: environment.Operator) -> None:
    """NoStackError when a stack left its file and is gone, as after `kill -9`."""
    if "riva" in operator.needless:
        return
    host, _, port = info.riva_uri.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_ANSWER_WITHIN_S).close()
    except OSError:
        raise NoStackError("The stack does not answer any more. Start one in another terminal: make run") from None


def _look_for_portaudio() -> None:
    """CannotInstallError with the command. The console loads it for `--text` too."""
    absent = [package for package in packages.missing() if package.apt == "libportaudio2"]
    if absent:
        raise packages.CannotInstallError(
            f"libportaudio2 is missing: {absent[0].purpose}. Install it:\n  {packages.command(absent)}"
        )


if __name__ == "__main__":
    sys.exit(main())
