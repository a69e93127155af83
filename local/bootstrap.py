"""`python3 local/bootstrap.py [--build]`: make a bare machine ready for the house. Done again it takes no time.

Installs missing system packages where it may (else prints the command and exits 2), makes .venv with everything of
requirements-dev.txt, and with --build has the Go programs built meanwhile. Standard library only: nothing else is there
yet.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)

if sys.version_info < OLDEST:  # whatever python3 the machine has runs this, to be told what is wrong
    sys.exit(
        f"Python 3.11 or later is needed; {sys.executable} is {sys.version.split()[0]}.\n"
        "Debian 12, Ubuntu 24.04 or later: sudo apt-get install python3; macOS: brew install python@3.11\n"
        "Then say which: make PYTHON=python3.11 run"
    )

sys.path[0] = str(ROOT)

from local import packages  # noqa: E402 - needs the path above

VENV = ROOT / ".venv"
STAMP = VENV / "installed-requirements.sha256"
REQUIREMENTS = ("requirements-dev.txt", "requirements.txt", "tts_server/requirements.txt")


class FailedError(Exception):
    """A step failed; the message says what to do."""


def main() -> int:
    """Do what is needed. 0, or 2 with the reason and the remedy on stderr."""
    arguments = argparse.ArgumentParser(description="Make this machine ready: system packages, .venv, Go programs.")
    arguments.add_argument("--build", action="store_true", help="also build livekit-server and the telephone double")
    build = arguments.parse_args().build
    try:
        if missing := packages.missing():
            print(f"Installing {', '.join(package.apt for package in missing)}.", flush=True)
            packages.install(missing)
        building = subprocess.Popen([sys.executable, "-m", "local.build"], cwd=ROOT) if build and _unbuilt() else None
        try:
            install_python_packages()
        except BaseException:
            if building:
                building.terminate()
            raise
        if building and building.wait() != 0:
            return 2
    except (packages.CannotInstallError, FailedError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def install_python_packages() -> None:
    """Make .venv hold what the requirements say; nothing to do while they are unchanged. FailedError if it fails."""
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    print("Installing Python packages into .venv: a few minutes the first time.", flush=True)
    started = time.monotonic()
    python = VENV / "bin" / "python"
    if not python.exists():
        _run([sys.executable, "-m", "venv", str(VENV)], "Making .venv")
    _run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS[0]],
        "Installing Python packages",
    )
    STAMP.write_text(wanted)
    print(f"Python packages are installed ({time.monotonic() - started:.0f} s).", flush=True)


def fingerprint() -> str:
    """What .venv was made from: every requirement and the Python that runs it."""
    digest = hashlib.sha256(sys.version.encode())
    for name in REQUIREMENTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _unbuilt() -> bool:
    from local import livekit_server, telephone_build  # only where they are asked for: `make check` needs no Go

    return not (livekit_server.found() and telephone_build.found())


def _run(command: list[str], what: str) -> None:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        last = "\n".join(done.stdout.splitlines()[-20:])
        raise FailedError(f"{what} failed:\n{last}\nThe command was:\n  {' '.join(command)}")


if __name__ == "__main__":
    sys.exit(main())
