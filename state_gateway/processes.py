"""Several processes behind one port, one a core: forked here, started again when one dies, ended together, also where
this one is killed: they hold the other end of a pipe.

Each has its own Redis lanes, cache, and concurrency caps; the kernel deals connections out (SO_REUSEPORT). Metrics are
those of all: prometheus_client's multiprocess mode, whose folder main.py names before the first import.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from time import monotonic
from types import FrameType

from prometheus_client import multiprocess

from ops import logging

_HEALTHY_S = 5.0  # a process that dies sooner will die again: the gateway ends, and its supervisor sees it
_ENDS = (signal.SIGTERM, signal.SIGINT)
_log = logging.get("state_gateway.processes")


def listener(host: str, port: int) -> socket.socket:
    """A socket of its own for each process, all on one port. Raises OSError where somebody else has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind((host, port))
    return bound


def run(count: int, serve: Callable[[], None]) -> int:
    """Fork `count` processes that `serve`, and wait. Returns the exit status: 0 after SIGTERM or SIGINT."""
    started: dict[int, float] = {}
    ending = False
    alive = os.pipe()

    def end(_number: int, _frame: FrameType | None) -> None:
        nonlocal ending
        ending = True
        for pid in started:
            with suppress(ProcessLookupError):  # waited for a moment ago
                os.kill(pid, signal.SIGTERM)

    def start() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)  # or `end` might not know of the process that is just forked
        if not ending:
            started[_fork(serve, alive)] = monotonic()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)

    for number in _ENDS:
        signal.signal(number, end)
    for _ in range(count):
        start()
    status = 0
    while started:
        pid, code = os.waitpid(-1, 0)
        lived_s = monotonic() - started.pop(pid)
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
        if ending:
            continue
        _log.error("process ended", pid=pid, code=os.waitstatus_to_exitcode(code))
        if lived_s >= _HEALTHY_S:
            start()
        else:
            status = 1
            end(0, None)
    return status


def _fork(serve: Callable[[], None], alive: tuple[int, int]) -> int:
    pid = os.fork()
    if pid:
        return pid
    for number in _ENDS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)
    os.close(alive[1])
    Thread(target=_end_with_parent, args=(alive[0],), daemon=True).start()
    try:
        serve()
    except SystemExit as ended:
        sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 1)
    except BaseException as error:  # noqa: BLE001 - a child never returns into its parent's code
        _log.error("process failed", error=error, exc_info=error)
        os._exit(1)
    os._exit(0)


def _end_with_parent(alive: int) -> None:
    os.read(alive, 1)  # nobody writes: it ends when the last who could has gone
    os.kill(os.getpid(), signal.SIGTERM)
