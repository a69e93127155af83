"""The one birthplace of tasks: each has an owner, a name and an end, and none fails in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ops import logging

_log = logging.get("ops.tasks")
_T = TypeVar("_T")


class TaskSet:
    """Tasks that live and end with their owner.

    A task that raises is logged, and its exception given to `on_error`; the others go on.
    """

    def __init__(self, name: str, on_error: Callable[[BaseException], None] | None = None) -> None:
        self.name = name
        self._on_error = on_error
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._tasks)

    def __repr__(self) -> str:
        return f"<TaskSet {self.name} {'closed ' if self._closed else ''}{len(self._tasks)} running>"

    def spawn(self, coro: Coroutine[Any, Any, _T], *, name: str) -> asyncio.Task[_T]:
        """Start `coro` as a task. A closed set refuses: RuntimeError, and the coroutine is closed unrun."""
        if self._closed:
            coro.close()
            raise RuntimeError(f"task set {self.name} is closed, {name} was not started")
        task = asyncio.create_task(coro, name=f"{self.name}.{name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def aclose(self, timeout_s: float = 5.0) -> None:
        """Cancel all and wait until they have ended, at most `timeout_s`; who ignores it is logged by name.

        May be called by one of the tasks, which then goes on to its own end. A second call does nothing more.
        """
        self._closed = True
        others = self._tasks - {asyncio.current_task()}
        for task in others:
            task.cancel()
        if not others:
            return
        _, stubborn = await asyncio.wait(others, timeout=timeout_s)
        for task in stubborn:
            _log.error("task ignores its cancellation", task=task.get_name(), timeout_s=timeout_s)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        _log.error("task failed", task=task.get_name(), exc_info=error)
        if self._on_error is not None:
            self._on_error(error)
