"""A closed loop of requests by wrk (C, one thread): a client in Python would measure itself."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.rig import RigFailedError
from ops.deadline import deadline

_SCRIPT = Path(__file__).with_name("wrk.lua")
_BEYOND_S = 10.0  # wrk's own start and end


@dataclass(frozen=True, slots=True)
class Request:
    """The same one again and again. `server`: the process that answers; `ops`: commands of Redis in it."""

    server: str
    method: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    ops: int = 1


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw; milliseconds. `cpu_us`: the server's processor time for a request, in microseconds."""

    requests: int
    requests_per_s: float
    p50_ms: float
    p99_ms: float
    errors: int
    cpu_us: float = 0.0


def need() -> None:
    """RigFailedError where it is not installed."""
    if shutil.which("wrk") is None:
        raise RigFailedError("This needs wrk: apt-get install wrk")


async def load(request: Request, seconds: float, connections: int) -> Load:
    """`connections` that are kept open, each with one request under way. RigFailedError: wrk failed."""
    with tempfile.NamedTemporaryFile(prefix="bench-") as file:
        file.write(request.method.encode() + b"\n\n" + request.body)
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(_SCRIPT)]
        for name, value in request.headers.items():
            command += ["-H", f"{name}: {value}"]
        said, status = await _said([*command, request.url, "--", file.name], seconds + _BEYOND_S)
    try:
        return parse(said)
    except ValueError:
        raise RigFailedError(f"wrk ended with {status}:\n{said[-2000:]}") from None


def parse(said: str) -> Load:
    """The line that wrk.lua leaves. ValueError where there is none."""
    for line in said.splitlines():
        if line.startswith("figures "):
            requests, us, errors, p50_us, p99_us = (int(word) for word in line.split()[1:])
            return Load(requests, requests / us * 1e6 if us else 0.0, p50_us / 1000, p99_us / 1000, errors)
    raise ValueError("no figures")


async def _said(command: list[str], within_s: float) -> tuple[str, int | None]:
    running = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with deadline(within_s, "wrk"):
            said, _ = await running.communicate()
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()
    return said.decode(errors="replace"), running.returncode
