"""What no test may do, seen from inside the interpreter: leave the machine, or block the event loop.

An offence raises where it happens and is also kept, so that code which swallows every exception does not hide it.
`open_connection("192.0.2.1")` and `time.sleep` in a coroutine are examples. Blind to other languages: libwebrtc and Go
processes are watched by the call tests themselves.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
import time
from typing import Any, SupportsIndex

offences: list[str] = []
_sleep = time.sleep
_ADDRESSED = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0}


class Offence(BaseException):
    """Not an Exception: `except Exception` shall not swallow it."""


def install() -> None:
    """Once per process: an audit hook cannot be taken away."""
    sys.addaudithook(_audit)
    time.sleep = _guarded_sleep


def take() -> list[str]:
    """The offences since the last call."""
    taken, offences[:] = list(offences), []
    return taken


def _offend(words: str) -> None:
    offences.append(words)
    raise Offence(words)


def _guarded_sleep(seconds: float | SupportsIndex) -> None:
    if float(seconds) > 0 and _in_loop():
        _offend(f"time.sleep({seconds}) blocks the event loop: await a clock's sleep, or an event")
    _sleep(seconds)


def _audit(event: str, args: tuple[Any, ...]) -> None:
    place = _ADDRESSED.get(event)
    if place is None:
        return
    address = args[place] if event == "socket.getaddrinfo" else _host(args[0], args[place])
    if address is not None and not _stays_here(address):
        _offend(f"{event} to {address}: a test stays on this machine")
    blocking = event == "socket.connect" and args[0].gettimeout() != 0 and args[0].type == socket.SOCK_STREAM
    if blocking and _in_loop():
        _offend(f"a blocking connect to {address} in the event loop: use asyncio's connections")


def _host(sock: socket.socket, address: Any) -> str | None:
    internet = sock.family in (socket.AF_INET, socket.AF_INET6)
    return str(address[0]) if internet and isinstance(address, tuple) else None


def _stays_here(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else (host or "")
    if name in ("", "localhost", socket.gethostname()):
        return True
    try:
        ip = ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None) or ip
    return bool(mapped.is_loopback or mapped.is_unspecified)


def _in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
