"""A program in a terminal of its own, as a person at a keyboard meets it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from contextlib import suppress

from local.paths import ROOT

_CONTROL = re.compile(
    rb"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|[\r\x07]"
)  # ECMA-48 sequences, carriage returns, bells
_LINES, _COLUMNS = 50, 200
_TAKEN_WITHIN_S = 5.0


class Terminal:
    """Runs `command` from the repository's root in a pseudo-terminal. Blocking; close it when done."""

    def __init__(self, *command: str, environment: Mapping[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, _COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**environment, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._raw = b""

    @property
    def shown(self) -> str:
        """All that it has written, without colours and movements of the cursor."""
        return _CONTROL.sub(b"", self._raw).decode(errors="replace")

    def until(self, words: str, within_s: float) -> None:
        """Read until it has written `words`; AssertionError with what it wrote instead."""
        until = time.monotonic() + within_s
        while words not in self.shown:
            left = until - time.monotonic()
            assert left > 0, f"{words!r} was not shown within {within_s:g} s:\n{self.shown[-3000:]}"
            if select.select([self._ours], [], [], left)[0]:
                try:
                    self._raw += os.read(self._ours, 65536)
                except OSError:  # Linux' way to say that nobody has the other end open any more
                    raise AssertionError(f"it ended without {words!r}:\n{self.shown[-3000:]}") from None

    def type(self, line: str, *, taken: str) -> None:
        """Type `line` and Enter at once, again until `taken` is shown.

        A program that reads single keys throws away what comes between two of its reads, all of it. `taken` is its own
        word for that: the line itself is shown by the terminal, which echoes even what is thrown away.
        """
        for tries_left in (2, 1, 0):
            os.write(self._ours, f"{line}\n".encode())
            try:
                self.until(taken, _TAKEN_WITHIN_S)
            except AssertionError:
                if not tries_left:
                    raise
            else:
                return

    def close(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._ours)
