"""`python3 -m local.doctor`: what is missing or wrong on this machine, each with the command that mends it.

Standard library only, and changes nothing: it is for a machine on which `make run` does not come up.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from local import bootstrap


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `remedy` is None when it is as it should be."""

    what: str
    remedy: str | None = None


def main() -> int:
    """Print every finding; 0 when nothing has to be mended, 1 otherwise."""
    found = list(findings())
    for finding in found:
        print(f"  {'ok     ' if finding.remedy is None else 'MISSING'}  {finding.what}")
        if finding.remedy:
            print(f"           {finding.remedy}")
    wrong = sum(finding.remedy is not None for finding in found)
    print("Nothing is missing." if not wrong else f"{wrong} to mend. `make run` mends what it may.")
    return 1 if wrong else 0


def findings() -> Iterator[Finding]:
    """Everything `make run` needs, in the order in which it needs it."""
    version = sys.version_info[:3]
    yield Finding(f"Python {'.'.join(map(str, version))}", bootstrap.too_old(version[:2]))
    if bootstrap.too_old(version[:2]):
        return
    yield from _packages()
    yield from _programs()
    yield from _checkout()
    yield from _ports()


def _packages() -> Iterator[Finding]:
    from local import packages  # these modules need the Python that was just looked at

    missing = packages.missing(tests=True)
    for package in (*packages.NEEDED, *packages.FOR_TESTS):
        remedy = packages.command([package]) if package in missing else None
        optional = " (optional)" if package.optional else ""
        yield Finding(f"{package.apt}: {package.purpose}{optional}", remedy)


def _programs() -> Iterator[Finding]:
    from local import doubles, gcs_server, go_tool, livekit_server

    go = go_tool.go()
    has = f"Go {_go_version(go)}" if go else "Go"
    builds = "builds livekit-server, the doubles of telephone and egress, and fake-gcs-server"
    yield Finding(f"{has}: {builds}", None if go else go_tool.INSTALL_GO)
    server, remedy = livekit_server.found(), "python3 -m local.build"
    yield Finding(
        f"livekit-server v{livekit_server.VERSION}{f': {server}' if server else ''}", None if server else remedy
    )
    for double in doubles.ALL:
        built = double.found()
        yield Finding(f"the {double.name} double, built from its present sources", None if built else remedy)
    bucket = gcs_server.found()
    yield Finding(f"fake-gcs-server v{gcs_server.VERSION}", None if bucket else remedy)


def _checkout() -> Iterator[Finding]:
    from local import paths, python_packages

    fits = python_packages.installed()
    yield Finding(".venv, made from the present requirements", None if fits else "python3 local/bootstrap.py")
    there = paths.CALL_CENTER.exists()
    yield Finding("config/callcenter.yaml", None if there else "git checkout config/callcenter.yaml")


def _ports() -> Iterator[Finding]:
    from local.ports import Ports, taken

    busy = taken(Ports())
    for port in busy:
        by = f" by {port.by}" if port.by else ""
        yield Finding(f"port {port.port} ({port.name}) is taken{by}", 'end that, or: make run ARGS="--free-ports"')
    if not busy:
        yield Finding("all ports are free")


def _go_version(go: str) -> str:
    said = subprocess.run([go, "version"], capture_output=True, text=True).stdout
    number = re.search(r"go(\d[\d.]*)", said)
    return number.group(1) if number else "?"


if __name__ == "__main__":
    sys.exit(main())
