"""An event loop whose clock jumps to the next timer: an hour of waiting takes a millisecond, in the right order.

    @virtual_time
    async def test_a_silent_caller_is_asked_after_ten_seconds() -> None: ...

Inside, `asyncio.sleep`, timeouts and `tests.fakes.clock.FakeClock` agree. Time stands still while a thread of the
loop's executor works, so file I/O off the loop takes no time. Fixtures of such a test are plain functions. Sockets work
too, but their latency is invisible: for tests on the wire use a real loop.
"""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
_STUCK_S = 10.0  # real seconds without a timer, a thread or input: nothing will ever happen


class _JumpingSelector(selectors.DefaultSelector):
    """Polls, and where nothing is ready moves the loop's clock instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        must_wait = timeout is None or (self.threads > 0 and timeout > 0)
        ready = super().select(_STUCK_S if must_wait else 0)
        if ready or self.threads:
            return ready
        if timeout is None:
            raise RuntimeError(f"virtual time: no timer, thread or input for {_STUCK_S:g} s: the test waits for ever")
        self.now += max(0.0, timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._jumping.now

    def run_in_executor(self, executor: Any, func: Callable[..., _T], *args: Any) -> asyncio.Future[_T]:  # type: ignore[override]
        self._jumping.threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_ended)
        return future

    def _thread_ended(self, _future: asyncio.Future[Any]) -> None:
        self._jumping.threads -= 1


def virtual_time(test: Callable[_P, Coroutine[Any, Any, None]]) -> Callable[_P, None]:
    """Run the coroutine function `test` on a VirtualLoop; a task it leaves behind fails it."""

    @functools.wraps(test)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> None:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(_and_no_task_left(test(*args, **kwargs)))

    return run


async def _and_no_task_left(test: Coroutine[Any, Any, None]) -> None:
    await test
    for _ in range(10):
        await asyncio.sleep(0)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"tasks left behind: {names(list(left))}"


def names(tasks: Sequence[asyncio.Task[Any] | None]) -> str:
    return ", ".join(f"{task.get_name()} ({task.get_coro()})" for task in tasks if task is not None)
