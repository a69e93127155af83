"""Requests that arrive when they arrive, answered or not (an open loop): a slow answer does not put off the next
request, so its wait is in the figures. Latency counts from when a request was due.

`python -m bench.open_loop HOST PORT --rate 1000 < request`: one thread, no event loop: asyncio's timers have steps of
1 ms. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import re
import select
import socket
import sys
from collections import deque
from collections.abc import Sequence
from time import perf_counter

from bench.figures import percentile

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CONNECT_S = 5.0
_ANSWER_S = 5.0  # after the last was due
_WARM = 0.1  # of the arrivals: not counted


def arrivals(rate: float, seconds: float, seed: int) -> list[float]:
    """Seconds from the beginning, a Poisson process: independent callers. The same seed, the same arrivals."""
    draw, at, found = random.Random(seed), 0.0, []  # noqa: S311 - nothing is secret here
    while (at := at + draw.expovariate(rate)) < seconds:
        found.append(at)
    return found


def answer_end(data: bytes | bytearray) -> int:
    """Where the first answer ends: HTTP/1.1 with Content-Length, or a bulk reply of RESP. 0: it is not whole yet.

    ValueError: an answer that says no.
    """
    if data[:1] == b"$":
        line = data.find(b"\r\n")
        size = int(data[1:line]) if line > 0 else 0
        if size < 0:
            raise ValueError("no such key")
        end = line + 2 + size + 2
        return end if line > 0 and len(data) >= end else 0
    if data[:1] == b"-":
        raise ValueError(bytes(data[:80]).decode(errors="replace"))
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return 0
    found = _LENGTH.search(data, 0, head + 2)
    if data[9:12] != b"200" or found is None:
        raise ValueError(bytes(data[:200]).decode(errors="replace"))
    end = head + 4 + int(found[1])
    return end if len(data) >= end else 0


class _Connection:
    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), _CONNECT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self._data = bytearray()

    def fileno(self) -> int:
        return self.socket.fileno()

    def answered(self) -> bool:
        """Read what is there. ConnectionError, ValueError."""
        part = self.socket.recv(65_536)
        if not part:
            raise ConnectionError("the connection was closed")
        self._data += part
        end = answer_end(self._data)
        if end:
            del self._data[:end]
        return end > 0


def drive(address: tuple[str, int], request: bytes, due: Sequence[float], connections: int) -> tuple[list[float], int]:
    """Latencies in ms, in the order of the answers, and the most requests that waited for a connection at once.

    TimeoutError: it does not keep up, by seconds.
    """
    free = [_Connection(*address) for _ in range(connections)]
    every, waiting = list(free), deque(due)
    busy: list[_Connection] = []
    found: list[float] = []
    most = 0
    began = perf_counter()
    try:
        while waiting or busy:
            now = perf_counter() - began
            while waiting and free and waiting[0] <= now:
                connection = free.pop()
                connection.due = waiting.popleft()
                connection.socket.sendall(request)
                busy.append(connection)
            if not free:
                most = max(most, _overdue(waiting, now))
            if now > due[-1] + _ANSWER_S:
                raise TimeoutError(f"{len(waiting) + len(busy)} of {len(due)} requests were not answered")
            wait = max(0.0, waiting[0] - (perf_counter() - began)) if waiting and free else _ANSWER_S
            ready, _, _ = select.select(busy, [], [], wait)
            for connection in ready:
                if connection.answered():
                    found.append((perf_counter() - began - connection.due) * 1000)
                    busy.remove(connection)
                    free.append(connection)
    finally:
        for connection in every:
            connection.socket.close()
    return found, most


def _overdue(waiting: deque[float], now: float) -> int:
    count = 0
    for due in waiting:
        if due > now:
            break
        count += 1
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--rate", type=float, required=True, help="requests a second")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    due = arrivals(options.rate, options.seconds, options.seed)
    request = sys.stdin.buffer.read()
    gc.disable()
    found, most = drive((options.host, options.port), request, due, options.connections)
    counted = found[int(len(found) * _WARM) :]
    figures = {f"p{share}_ms": percentile(counted, share, digits=3) for share in (50, 99)}
    print(json.dumps({"requests": len(found), "most_waiting": most, **figures}))


if __name__ == "__main__":
    main()
