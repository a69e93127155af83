"""A worker that is told to stop while somebody is on the line: it waits for the call, but not for ever."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from local.stack import Stack
from tests.support import workers
from tests.support.calls import ring

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_call_that_outlasts_the_drain_and_that_nobody_takes_is_closed_as_failed(
    stack: Stack, tmp_path: Path
) -> None:
    """SIGTERM in mid-call, AGENT_DRAIN_S used up, no other worker: the line ends, and the record says that it was us.

    Without a bound of our own the platform's SIGKILL came first, and the record stayed open for ever.
    """
    async with workers.worker(stack, tmp_path, name="leaving", AGENT_DRAIN_S="2") as worker:
        async with ring(stack, web=True, info=worker.info) as call:
            await call.greeting()
            worker.process.send_signal(signal.SIGTERM)
            await call.ended(90.0)
        assert await worker.process.wait() is not None
    assert call.record["outcome"] == "failed"
    assert call.record["failure"] == "worker_lost"
