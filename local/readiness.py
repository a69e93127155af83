"""Is it up? Probes that ask, and a wait that asks again until the answer is yes, the process died, or time is up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from local.ports import HOST

_ASK_EVERY_S = 0.05
_ANSWER_WITHIN_S = 2.0


class Probe(Protocol):
    """Asked again and again: True once the process can do its work. Raises nothing but OSError and TimeoutError."""

    async def __call__(self) -> bool: ...


class NotReadyError(Exception):
    """A process did not become ready: it died, or its time was up."""


@dataclass(frozen=True, slots=True)
class TcpOpen:
    """Somebody accepts connections on the port."""

    port: int

    async def __call__(self) -> bool:
        _, writer = await asyncio.open_connection(HOST, self.port)
        writer.close()
        await writer.wait_closed()
        return True


@dataclass(frozen=True, slots=True)
class HttpOk:
    """GET `path` answers 200. By hand, for want of keep-alive, redirects or TLS to care about."""

    port: int
    path: str

    async def __call__(self) -> bool:
        reader, writer = await asyncio.open_connection(HOST, self.port)
        try:
            writer.write(f"GET {self.path} HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
            status = (await reader.readline()).split()
            await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()
        return len(status) > 1 and status[1] == b"200"


@dataclass(frozen=True, slots=True)
class RedisAnswers:
    """PING is answered by PONG: not yet while it reads in what it kept, though it accepts connections then."""

    port: int

    async def __call__(self) -> bool:
        reader, writer = await asyncio.open_connection(HOST, self.port)
        try:
            writer.write(b"PING\r\n")
            return (await reader.readline()).startswith(b"+PONG")
        finally:
            writer.close()
            await writer.wait_closed()


@dataclass(frozen=True, slots=True)
class LogHas:
    """`text` stands in the log file after byte `start` (what an earlier start of the process wrote does not count)."""

    log: Path
    text: str
    start: int = 0

    async def __call__(self) -> bool:
        with self.log.open("rb") as log:
            log.seek(self.start)
            return self.text.encode() in log.read()


async def wait_ready(probe: Probe, *, alive: Callable[[], bool], within_s: float, what: str) -> None:
    """Return once `probe` says yes. NotReadyError when `alive` turns false first, or after `within_s` seconds."""
    try:
        async with asyncio.timeout(within_s):
            while not await _asked(probe):
                if not alive():
                    raise NotReadyError(f"{what} ended before it was ready")
                await asyncio.sleep(_ASK_EVERY_S)
    except TimeoutError:
        raise NotReadyError(f"{what} was not ready after {within_s:g} s") from None


async def wait_until(condition: Callable[[], bool], within_s: float) -> bool:
    """True as soon as `condition` holds, False when it still does not after `within_s` seconds."""
    try:
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110 - what is waited for is another process: it sets no event here
                await asyncio.sleep(_ASK_EVERY_S)
    except TimeoutError:
        return condition()
    return True


async def _asked(probe: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            return await probe()
    except (OSError, TimeoutError):
        return False
