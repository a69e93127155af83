"""Work that ends when its caller goes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

from ops.tasks import TaskSet

_T = TypeVar("_T")


async def unless_gone(work: Coroutine[Any, Any, _T], receive: Receive) -> _T | None:
    """`work`'s result, or None: the caller disconnected first, and `work` is cancelled and has cleaned up."""
    tasks = TaskSet("speech")
    try:
        working = tasks.spawn(work, name="work")
        gone = tasks.spawn(_gone(receive), name="watch")
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        await tasks.aclose()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
