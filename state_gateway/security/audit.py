"""The audit log: one JSON line a request, who did what to what, never the words of it.

Lines are written by a thread, a bounded number of them waits, and what does not fit is counted, not waited for. A key
of Redis is written as a keyed hash, so that the lines of one call can be found by who has the key, and by nobody else.
The address is written as it is: it belongs to a client's machine, not to a caller, and an operator must see it.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import orjson

from ops import logging
from ops.clock import Clock
from ops.deadline import deadline
from state_gateway.metrics import Metrics

_MOST_LINES = 10_000
_MOST_KEYS = 8  # hashes in one line; the count of all keys is there too
_TOGETHER_S = 0.1  # lines are written at most this late
_WRITE_S = 5.0
# A write lets go of the interpreter: in writes this small no request waits for the lines of many others. A pipe keeps
# as much together when processes share it (PIPE_BUF of Linux).
_ONE_WRITE_BYTES = 4096
_log = logging.get("state_gateway.audit")


@dataclass(slots=True)
class Line:
    """One request. `keys` are hashed when the line is written; `outcome` is "ok" or the code of the refusal."""

    at: float
    method: str
    route: str = ""
    ip: str = ""
    client: str = ""
    key_id: str = ""
    signed: bool = False
    command: str = ""
    commands: int = 0
    keys: tuple[bytes, ...] = ()
    bytes_in: int = 0
    bytes_out: int = 0
    cache: str = ""
    ms: float = 0.0
    outcome: str = ""
    request_id: str = ""


@dataclass
class Audit:
    """`secret` keys the hashes; `path` None: standard output. `write` takes lines that are ready, in a thread."""

    secret: bytes
    path: Path | None
    clock: Clock
    metrics: Metrics
    most: int = _MOST_LINES
    _waiting: deque[Line] = field(default_factory=deque)
    _some: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, line: Line) -> None:
        """Hand a line over; costs a microsecond."""
        if len(self._waiting) >= self.most:
            self.metrics.audit_dropped.inc()
            return
        self._waiting.append(line)
        self._some.set()

    async def run(self) -> None:
        """Write what comes, for ever."""
        while True:
            await self._some.wait()
            await self.clock.sleep(_TOGETHER_S)
            await self.flush()

    async def flush(self) -> None:
        """Write all that waits. A disk or a pipe that takes nothing costs these lines, counted."""
        self._some.clear()
        lines = list(self._waiting)
        self._waiting.clear()
        if not lines:
            return
        try:
            async with deadline(_WRITE_S, "the audit log"):
                await asyncio.to_thread(self._write, lines)
        except (OSError, TimeoutError) as error:
            self.metrics.audit_dropped.inc(len(lines))
            _log.error("audit lines lost", count=len(lines), error=error)

    def _write(self, lines: list[Line]) -> None:
        if self.path is None:
            for part in self._parts(lines):
                sys.stdout.write(part.decode())
                sys.stdout.flush()
            return
        # Opened anew: a rotated file is let go. Appended a write at a time: processes that share it mix no lines.
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            for part in self._parts(lines):
                if os.write(file, part) != len(part):
                    raise OSError("the disk took only a part")
        finally:
            os.close(file)

    def _parts(self, lines: Sequence[Line]) -> Iterator[bytes]:
        """Whole lines, as many as go into one write."""
        part = b""
        for line in lines:
            text = self._text(line)
            if part and len(part) + len(text) > _ONE_WRITE_BYTES:
                yield part
                part = b""
            part += text
        yield part

    def _text(self, line: Line) -> bytes:
        entry: dict[str, object] = {
            "event": "audit",
            "timestamp": datetime.fromtimestamp(line.at, UTC).isoformat(timespec="milliseconds"),
            "request_id": line.request_id,
            "client": line.client or None,
            "key_id": line.key_id or None,
            "signed": line.signed,
            "ip": line.ip or None,
            "method": line.method,
            "route": line.route,
            "command": line.command or None,
            "commands": line.commands,
            "key_hashes": [self.hash(key) for key in line.keys[:_MOST_KEYS]],
            "keys": len(line.keys),
            "bytes_in": line.bytes_in,
            "bytes_out": line.bytes_out,
            "cache": line.cache or None,
            "ms": round(line.ms, 3),
            "outcome": line.outcome,
        }
        return orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)

    def hash(self, key: bytes) -> str:
        """16 hexadecimal digits: enough to find a key's lines, useless without the secret."""
        return hmac.digest(self.secret, key, "sha256")[:8].hex()
