"""google-cloud-storage blocks: its calls run in threads, a bounded number of them, each with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from ops import logging
from ops.deadline import deadline
from state_gateway.storage import failures

_P = ParamSpec("_P")
_T = TypeVar("_T")
_log = logging.get("state_gateway.storage")


class Workers:
    """`count` threads. A call that nobody waits for any more keeps its thread until it ends by itself, and its place:
    what is started never exceeds `count`, and nothing queues behind a thread that hangs."""

    def __init__(self, count: int, wait_s: float, call_s: float) -> None:
        self._places = asyncio.Semaphore(count)
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="storage")
        self._count, self._wait_s, self._call_s = count, wait_s, call_s
        self._active = 0

    def __repr__(self) -> str:
        return f"<Workers {self._active}/{self._count} busy>"

    async def call(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """`function`'s result. Raises Refused: 503 busy, 504, or what the bucket's failure means to a client."""
        await self._enter()
        future = self._pool.submit(function, *args, **kwargs)
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda done: self._left(loop, done))
        try:
            async with deadline(self._call_s, "bucket"):
                return await asyncio.wrap_future(future)
        except failures.FAMILIES as error:
            answer = failures.refused(error)
            if answer.status >= 500:
                _log.warning("bucket failed", error_type=type(error).__name__, code=answer.code)
            raise answer from error

    def close(self) -> None:
        """No further call; those that run end by themselves within their time-outs."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _enter(self) -> None:
        try:
            async with deadline(self._wait_s, "storage threads"):
                await self._places.acquire()
        except TimeoutError:
            raise failures.busy() from None
        self._active += 1

    def _left(self, loop: asyncio.AbstractEventLoop, _done: Future[Any]) -> None:
        with suppress(RuntimeError):  # the loop has ended, and with it everybody who might wait
            loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        self._active -= 1
        self._places.release()
