"""One whole stack for all call tests of a run: real livekit-server and Redis, the agent, speech server, stand-ins. No
recordings: their own tests have a place of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from local.ports import Ports
from local.stack import Stack
from tests.support.calls import trouble
from tests.support.fault_place import PROCESSES
from tests.support.house_config import unrecorded


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(tmp_path_factory: object) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")  # type: ignore[attr-defined]
    config = unrecorded(folder / "config")
    async with Stack(folder, Ports.free(), only=PROCESSES, config=config) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def _whole_again(stack: Stack) -> AsyncIterator[None]:
    """What a test broke is mended for the next one."""
    yield
    for process in stack.processes:
        process.thaw()
        if not process.alive:
            await process.restart()
    await trouble(stack, {})
