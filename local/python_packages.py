"""The Python packages of .venv: what they should be, and how they come there. Standard library only."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time

from local.paths import ROOT, VENV

STAMP = VENV / "installed-requirements.sha256"
REQUIREMENTS = ("requirements-dev.txt", "requirements.txt", "tts_server/requirements.txt")
_PYTHON = VENV / "bin" / "python"


class PipError(Exception):
    """pip or venv failed; the message has its last lines and the command."""


def installed() -> bool:
    """.venv was made from the requirements as they are now, by this Python."""
    return _PYTHON.exists() and STAMP.exists() and STAMP.read_text() == fingerprint()


def install() -> None:
    """Make .venv hold what the requirements say; nothing to do while they are unchanged. PipError if it fails."""
    if installed():
        return
    print("Installing Python packages into .venv: a few minutes the first time.", flush=True)
    started = time.monotonic()
    if not _PYTHON.exists():
        _run([sys.executable, "-m", "venv", str(VENV)], "Making .venv")
    pip = [str(_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "-r", REQUIREMENTS[0]], "Installing Python packages")
    STAMP.write_text(fingerprint())
    print(f"Python packages are installed ({time.monotonic() - started:.0f} s).", flush=True)


def fingerprint() -> str:
    """What .venv has to be made from: every requirement."""
    digest = hashlib.sha256()
    for name in REQUIREMENTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _run(command: list[str], what: str) -> None:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        last = "\n".join(done.stdout.splitlines()[-20:])
        raise PipError(f"{what} failed:\n{last}\nThe command was:\n  {' '.join(command)}")
