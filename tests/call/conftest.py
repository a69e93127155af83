"""One whole stack for all call tests of a run: real livekit-server and Redis, the agent, speech server, stand-ins."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from local.ports import Ports
from local.stack import Stack
from tests.support.calls import trouble
from tests.support.fault_place import PROCESSES


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(tmp_path_factory: object) -> AsyncIterator[Stack]:
    async with Stack(tmp_path_factory.mktemp("stack"), Ports.free(), only=PROCESSES) as running:  # type: ignore[attr-defined]
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
