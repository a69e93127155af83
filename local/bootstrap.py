"""`python3 local/bootstrap.py [--build] [--tests]`: make a bare machine ready for the house. Again: no time.

Installs missing system packages where it may (else prints the command and exits 2), makes .venv with everything of
requirements-dev.txt, with --build has the Go programs built meanwhile, with --tests installs what only tests use.
Standard library only: nothing else is there yet, and the Python that reads this may be too old for the rest.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local import packages

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)

if __name__ == "__main__":  # started by its path: Python puts local/ first where the root has to be
    sys.path[0] = str(ROOT)


def main() -> int:
    """Do what is needed. 0, or 2 with the reason and the remedy on stderr."""
    parser = argparse.ArgumentParser(description="Make this machine ready: system packages, .venv, Go programs.")
    parser.add_argument(
        "--build", action="store_true", help="also build the Go programs: livekit-server and three more"
    )
    parser.add_argument("--tests", action="store_true", help="also install the system packages that only tests use")
    options = parser.parse_args()
    if problem := too_old(sys.version_info[:2]):
        print(problem, file=sys.stderr)
        return 2
    try:
        return _prepare(build=options.build, tests=options.tests)
    except KeyboardInterrupt:
        return 130


def too_old(version: tuple[int, ...]) -> str | None:
    """What to do about a Python of that version, None when it is new enough."""
    if version >= OLDEST:
        return None
    return (
        f"Python 3.11 or later is needed; {sys.executable} is {'.'.join(map(str, version))}.\n"
        "Debian 12, Ubuntu 24.04 or later: sudo apt-get install python3 python3-venv; macOS: brew install python@3.11\n"
        "Then say which one: make run PYTHON=python3.11"
    )


def _prepare(*, build: bool, tests: bool) -> int:
    from local import packages, python_packages  # not before Python is known to be new enough

    try:
        if missing := packages.missing(tests=tests):
            _install(missing)
        building = subprocess.Popen([sys.executable, "-m", "local.build"], cwd=ROOT) if build and _unbuilt() else None
        try:
            python_packages.install()
        except BaseException:
            if building:
                building.terminate()
                building.wait()
            raise
    except (packages.CannotInstallError, python_packages.PipError) as error:
        print(error, file=sys.stderr)
        return 2
    return building.wait() if building else 0


def _install(missing: list[packages.Package]) -> None:
    from local import packages

    try:
        print(f"Installing {', '.join(package.apt for package in missing)}.", flush=True)
        packages.install(missing)
    except packages.CannotInstallError as error:
        if not all(package.optional for package in missing):
            raise
        print(f"{error}\nIt goes on without.", file=sys.stderr)


def _unbuilt() -> bool:
    from local import doubles, gcs_server, livekit_server

    return not (livekit_server.found() and gcs_server.found() and all(double.found() for double in doubles.ALL))


if __name__ == "__main__":
    sys.exit(main())
