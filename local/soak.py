"""`python -m local.soak`: the call tests many times in a row, the second half with one core kept busy.

A race that shows once in twenty calls is found here and not by the next person. Stops at the first failure, whose
output is shown; ends with a table of the runs. The exit code is 0 only if all of them passed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from local.paths import ROOT, VAR

_RUN_WITHIN_S = 1800.0  # a run takes 2 to 5 minutes on two cores
_PATIENCE_S = 10.0
# Ends by itself too: should this program be killed, the core is free again once the run could have ended.
_BUSY = f"import time\nend = time.monotonic() + {_RUN_WITHIN_S}\nwhile time.monotonic() < end: pass"
_SUMMARY = re.compile(r"^=* ?(\d+ .*? in [\d.]+s.*?) ?=*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the tests. `summary` is pytest's own last line."""

    number: int
    busy: bool
    passed: bool
    seconds: float
    summary: str

    def __str__(self) -> str:
        load, end = "one busy" if self.busy else "quiet", "passed" if self.passed else "FAILED"
        return f"  {self.number:>3}  {load:<8}  {end}  {self.seconds:6.0f} s  {self.summary}"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every run passed, 1 when one failed."""
    parser = argparse.ArgumentParser(prog="python -m local.soak", description=__doc__)
    parser.add_argument("-n", type=int, default=10, help="how many runs; default: %(default)s")
    parser.add_argument("--tests", default="tests/call", help="default: %(default)s")
    parser.add_argument("--log-dir", type=Path, default=VAR / "soak", help="each run's output; default: var/soak")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    options.log_dir.mkdir(parents=True, exist_ok=True)
    runs: list[Run] = []
    with contextlib.suppress(KeyboardInterrupt):
        for number in range(1, options.n + 1):
            log = options.log_dir / f"{number}.log"
            runs.append(_run(number, number > options.n // 2, options.tests, log))
            print(runs[-1], flush=True)
            if not runs[-1].passed:
                print(log.read_text(errors="replace"))
                break
    passed = sum(run.passed for run in runs)
    print("\n".join((f"{passed} of {options.n} passed. Output of each: {options.log_dir}", *map(str, runs))))
    return 0 if passed == options.n else 1


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _run(number: int, busy: bool, tests: str, log: Path) -> Run:
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", tests]
    with (
        log.open("wb") as output,
        _core_kept_busy() if busy else contextlib.nullcontext(),
        _ended(subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)) as pytest,
    ):
        try:
            passed = pytest.wait(_RUN_WITHIN_S) == 0
        except subprocess.TimeoutExpired:
            passed = False
    told = _SUMMARY.findall(log.read_text(errors="replace"))
    summary = told[-1] if told else "no summary: it was ended, or never started"
    return Run(number, busy, passed, time.monotonic() - started, summary)


@contextlib.contextmanager
def _core_kept_busy() -> Iterator[int]:
    """The pid of a loop that takes all of one core, the last of those given to us where they can be told (Linux)."""
    with _ended(subprocess.Popen([sys.executable, "-S", "-c", _BUSY])) as loop:
        if sys.platform == "linux":
            os.sched_setaffinity(loop.pid, {max(os.sched_getaffinity(0))})
        yield loop.pid


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The process, ended with the block. What a killed pytest had started is ended by its stack's guardian."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
