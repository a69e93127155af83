"""The system packages that the stack needs, and the command that installs them. Standard library only."""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """A system package: what for, its names, how to see that it is there, and whether the stack can do without it."""

    purpose: str
    apt: str
    brew: str
    present: Callable[[], bool]
    optional: bool = False


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


NEEDED = (
    Package("Redis, for livekit-server's rooms and for the calls", "redis-server", "redis", _program("redis-server")),
    Package("the voices of callers and of the shipped personas", "flite", "flite", _program("flite")),
    Package("a voice for other languages", "espeak-ng", "espeak-ng", _program("espeak-ng"), optional=True),
    Package(
        "microphone and loudspeaker, for `agent/main.py console`",
        "libportaudio2",
        "portaudio",
        # On macOS the Python package brings the library along (sounddevice's wheels for macOS).
        lambda: sys.platform == "darwin" or ctypes.util.find_library("portaudio") is not None,
        optional=True,
    ),
    Package("Python's virtual environments", "python3-venv", "python", lambda: _has_module("ensurepip")),
)


# Used by tests alone. All optional: without one the rest of the tests still run, and those that need it say so.
FOR_TESTS = (
    Package("telephone sound for the recogniser's tests", "sox", "sox", _program("sox"), optional=True),
    Package("the repository's files, for the tests of the house's rules", "git", "git", _program("git"), optional=True),
    Package(
        "processes by their parent, for the recogniser's tests", "procps", "procps", _program("pgrep"), optional=True
    ),
    Package(
        "the addresses that a worker sends to, for tests/call/test_stays_home.py",
        "strace",
        "strace",
        lambda: sys.platform != "linux" or shutil.which("strace") is not None,  # that test is Linux' own
        optional=True,
    ),
)


class CannotInstallError(Exception):
    """Packages are missing and may not be installed from here; the message is the command that a person can give."""


def missing(*, tests: bool = False) -> list[Package]:
    """Those of NEEDED, and with `tests` of FOR_TESTS, that are not there."""
    return [package for package in (*NEEDED, *(FOR_TESTS if tests else ())) if not package.present()]


def command(packages: Sequence[Package]) -> str:
    """The command that installs them, for a person to give."""
    if sys.platform == "darwin":
        return "brew install " + " ".join(package.brew for package in packages)
    return "sudo apt-get update && sudo apt-get install -y " + " ".join(package.apt for package in packages)


def install(packages: Sequence[Package]) -> None:
    """Install them by apt, as root or by a sudo that asks nothing. CannotInstallError where that can't be done."""
    prefix = _as_root()
    if sys.platform == "darwin" or shutil.which("apt-get") is None or prefix is None:
        needs = "\n".join(f"  {package.apt}: {package.purpose}" for package in packages)
        raise CannotInstallError(f"System packages are missing:\n{needs}\nInstall them:\n  {command(packages)}")
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    for step in (["update"], ["install", "-y", "--no-install-recommends", *(package.apt for package in packages)]):
        done = subprocess.run([*prefix, *quiet, *step], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            last = "\n".join(done.stdout.splitlines()[-10:])
            raise CannotInstallError(f"apt-get {step[0]} failed:\n{last}\nThe command was:\n  {command(packages)}")


def _as_root() -> list[str] | None:
    """What goes before a command that needs root: nothing for root, sudo where it asks no password, else None."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def _has_module(name: str) -> bool:
    return importlib.util.find_spec(name) is not None
