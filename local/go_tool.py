"""Building Go programs into var/bin, with honest progress and the compiler's words kept back unless it fails."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from local import environment
from local.paths import BIN

_SAY_EVERY_S = 10.0
_BUILT_WITHIN_S = 1200.0

INSTALL_GO = "install Go 1.24 or later (macOS: brew install go; else https://go.dev/dl), then run the command again"

Say = Callable[[str], None]


class CannotBuildError(Exception):
    """A program could not be built or found; the message ends with what to do."""


def go() -> str | None:
    """The Go command: on PATH, or where its installer puts it."""
    return shutil.which("go") or shutil.which("go", path="/usr/local/go/bin:/opt/homebrew/bin:/usr/lib/go/bin")


def build(arguments: Sequence[str], *, name: str, directory: Path | None, say: Say) -> Path:
    """Run `go <arguments>` so that one program lands in var/bin as `name`; `{bin}` in an argument stands for its place.

    Blocks, for minutes when nothing is cached; says every ten seconds how far it is. CannotBuildError with the
    compiler's last lines when it fails. The program appears under its name whole or not at all, so two builds at once
    do no harm.
    """
    command = go()
    if command is None:
        raise CannotBuildError(f"{name} has to be built and Go is missing: {INSTALL_GO}.")
    BIN.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BIN) as scratch:
        log = Path(scratch) / "go.log"
        filled = [argument.replace("{bin}", scratch) for argument in arguments]
        settings = environment.for_tools() | {"GOBIN": scratch, "CGO_ENABLED": "0"}
        with log.open("wb") as output:
            running = subprocess.Popen(
                [command, *filled], cwd=directory, env=settings, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            _follow(running, log, name, say)
        except BaseException:
            running.kill()
            running.wait()
            raise
        built = [found for found in Path(scratch).iterdir() if found != log]
        if running.returncode != 0 or len(built) != 1:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
            raise CannotBuildError(f"{name}: `go {' '.join(filled)}` failed (exit code {running.returncode}):\n{last}")
        return built[0].replace(BIN / name)


def _follow(running: subprocess.Popen[bytes], log: Path, name: str, say: Say) -> None:
    started = time.monotonic()
    while True:
        try:
            running.wait(_SAY_EVERY_S)
        except subprocess.TimeoutExpired:
            seconds = time.monotonic() - started
            lines = log.read_text(errors="replace").splitlines()
            fetched = sum(line.startswith("go: downloading") for line in lines)
            say(f"  {name}: {seconds:.0f} s, {fetched} modules fetched, {len(lines) - fetched} packages compiled")
            if seconds > _BUILT_WITHIN_S:
                raise CannotBuildError(f"{name} was not built after {seconds:.0f} s.") from None
        else:
            return
