"""The suite polices itself. A leaked task, a blocking call in the event loop, a connection that leaves the machine or a
warning fails the test; a test's folder is its category (`pytest -m unit`)."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support import guards
from tests.support.virtual_time import names

_TESTS = Path(__file__).parent
_CATEGORIES = {
    "unit": "one module, no process and no wire",
    "contract": "one suite over all implementations of a port, and the wire's golden files",
    "integration": "several modules, or one over a real wire on loopback",
    "call": "real calls through a real LiveKit server",
}
_STATUS = pytest.StashKey[int]()
_GRACE_S = 0.5  # for tasks that are ending by themselves; waited only where one is left


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in _CATEGORIES.items():
        config.addinivalue_line("markers", f"{name}: {meaning} (set by the folder)")
    guards.install()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """The verdict is told, every fixture has ended. livekit's native runtime panics now and then when the interpreter
    takes it down (rtc 1.x: 2 of 12 runs), which would turn a green run into an abort: leave without that."""
    ffi = sys.modules.get("livekit.rtc._ffi_client")
    if ffi is None or ffi.FfiClient._instance is None or _STATUS not in config.stash:
        return
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(config.stash[_STATUS])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        category = item.path.relative_to(_TESTS).parts[0]
        if category not in _CATEGORIES:
            raise pytest.UsageError(f"{item.path}: a test lives in one of tests/{{{','.join(_CATEGORIES)}}}/")
        item.add_marker(category)


@pytest.fixture(autouse=True)
def _stays_on_this_machine_and_does_not_block() -> Iterator[None]:
    guards.take()
    yield
    assert not (found := guards.take()), "; ".join(found)


@pytest.fixture(autouse=True)
def _leaves_no_task(request: pytest.FixtureRequest) -> None:
    """Looks at the loop the test runs in, after the test's own fixtures have ended."""
    marker = request.node.get_closest_marker("asyncio")
    if marker is not None and asyncio.iscoroutinefunction(getattr(request, "function", None)):
        scope = marker.kwargs.get("loop_scope") or "function"
        request.getfixturevalue(f"_tasks_of_{scope}_loop")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """`ops.logging.configure` takes the root logger over: for one test only."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


async def _left_behind(before: set[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    if left:
        _, left = await asyncio.wait(left, timeout=_GRACE_S)
    return left


async def _watch() -> AsyncIterator[None]:
    before = {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
    yield
    left = await _left_behind(before)
    for task in left:
        task.cancel()
    assert not left, f"tasks left behind: {names(list(left))}"


# pytest-asyncio keeps the loop's scope on the function itself: each scope needs a function of its own.
@pytest_asyncio.fixture(loop_scope="function")
async def _tasks_of_function_loop() -> AsyncIterator[None]:
    async for _ in _watch():
        yield


@pytest_asyncio.fixture(loop_scope="module")
async def _tasks_of_module_loop() -> AsyncIterator[None]:
    async for _ in _watch():
        yield


@pytest_asyncio.fixture(loop_scope="session")
async def _tasks_of_session_loop() -> AsyncIterator[None]:
    async for _ in _watch():
        yield
