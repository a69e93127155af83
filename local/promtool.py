"""promtool, which checks Prometheus' rules and runs their unit tests: on PATH, or Debian's package unpacked into var/.

Nothing is installed: the package is fetched by apt-get from the machine's own sources and only its one program is kept.
`python -m local.promtool` fetches it and prints where it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from local import environment
from local.paths import BIN

PROGRAM = BIN / "promtool"
_FETCH_S = 300.0


class NoPromtoolError(Exception):
    """It is not there and could not be had; the message ends with what to do."""


def promtool() -> Path:
    """Where it is, fetched if need be: some 40 MB, once. Blocks. Raises NoPromtoolError."""
    found = shutil.which("promtool")
    if found is not None:
        return Path(found)
    if not PROGRAM.exists():
        _fetch()
    return PROGRAM


def _fetch() -> None:
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise NoPromtoolError(f"promtool is missing and there is no {tool} to fetch it with: {_by_hand()}.")
    BIN.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BIN) as scratch:
        _run(["apt-get", "-qq", "download", "prometheus"], scratch)
        packages = list(Path(scratch).glob("prometheus_*.deb"))
        if len(packages) != 1:
            raise NoPromtoolError(f"apt-get left no package of promtool: {_by_hand()}.")
        _run(["dpkg-deb", "--extract", str(packages[0]), "unpacked"], scratch)
        program = Path(scratch) / "unpacked/usr/bin/promtool"
        if not os.access(program, os.X_OK):
            raise NoPromtoolError(f"Debian's package prometheus has no promtool any more: {_by_hand()}.")
        program.replace(PROGRAM)  # whole or not at all: two at once do no harm


def _run(command: list[str], folder: str) -> None:
    """apt-get as another user can't write here, says so and goes on as root: that warning is no failure."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment.for_tools(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_FETCH_S,
        )
    except subprocess.TimeoutExpired:
        raise NoPromtoolError(f"{command[0]} was not done after {_FETCH_S:.0f} s: {_by_hand()}.") from None
    if done.returncode != 0:
        last = done.stdout.strip().splitlines()[-1:] or ["it said nothing"]
        raise NoPromtoolError(f"{command[0]} failed ({last[0]}): {_by_hand()}.")


def _by_hand() -> str:
    if sys.platform == "darwin":
        return "brew install prometheus"
    return "sudo apt-get update && sudo apt-get install -y prometheus, or put promtool on PATH (prometheus.io/download)"


if __name__ == "__main__":
    try:
        print(promtool())
    except NoPromtoolError as error:
        sys.exit(str(error))
