"""The stack's guardian: ends the stack's processes when the program that started them is gone, however it went.

It runs as a process in a session of its own and reads lines from the program: `+<group>` a process group to look after,
`-<group>` one that has ended. The end of its input means that the program exited or was killed (SIGKILL included): what
is still on the list is ended then. Unlike Linux' PR_SET_PDEATHSIG this reaches grandchildren (the agent's job
processes) and works on macOS.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":  # started by its path, so that nothing else of the house is loaded
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from local import groups

PATIENCE_S = 3.0


class Guardian:
    """The program's end of the pipe. One per stack."""

    def __init__(self, stack: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-E", __file__, stack],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def watch(self, group: int) -> None:
        """Look after a process group from now on."""
        self._tell(f"+{group}")

    def forget(self, group: int) -> None:
        """The group has ended: its number may soon belong to somebody else."""
        self._tell(f"-{group}")

    def close(self) -> None:
        """The stack has ended in order. Whatever is still on the list is ended; returns when that is done."""
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait(PATIENCE_S + 5)

    def _tell(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError, ValueError):  # killed by somebody: nothing more it can do for us
            if self._process.stdin:
                self._process.stdin.write(line + "\n")
                self._process.stdin.flush()


def main(stack: str) -> None:
    """Read the list until the input ends, then end what is on it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it outlives the program by design, and never by more than its patience
    watched: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        (watched.add if line[0] == "+" else watched.discard)(group)
    groups.end(watched, stack, patience_s=PATIENCE_S)


if __name__ == "__main__":
    main(sys.argv[1])
