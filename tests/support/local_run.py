"""`python -m local.run` as a child of a test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-untyped]

from local.paths import ROOT


class LocalRun:
    """One `local.run` with its files in `place`, its output read line by line. Close it when done."""

    def __init__(self, place: Path, *options: str) -> None:
        self.place = place
        command = [sys.executable, "-m", "local.run", "--data-dir", str(place), *options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @property
    def _out(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def until(self, words: str) -> list[str]:
        """Its lines up to the one with `words`; fails when it ends before."""
        lines = []
        for line in self._out:
            lines.append(line.rstrip())
            if words in line:
                return lines
        raise AssertionError(f"ended without {words!r}:\n" + "\n".join(lines))

    def rest(self) -> str:
        return self._out.read()

    def pids(self) -> dict[str, int]:
        """The stack's processes by the name of their program."""
        found = psutil.Process(self.process.pid).children()
        return {child.name(): child.pid for child in found if "guardian" not in " ".join(child.cmdline())}

    def close_view(self) -> None:
        """Stop reading, as a pipe's reader that has ended."""
        self._out.close()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._out.close()
