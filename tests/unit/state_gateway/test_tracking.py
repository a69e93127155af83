"""What is said, and how often, where Redis tells nobody of its writes."""

from __future__ import annotations

import asyncio

import pytest

from state_gateway.metrics import Metrics
from state_gateway.read_cache import ReadCache
from state_gateway.redis_address import RedisAddress
from state_gateway.tracking import Tracking
from tests.fakes.clock import FakeClock
from tests.fakes.scripted_redis import Command, ScriptedRedis


class _Hasty(FakeClock):
    async def sleep(self, s: float) -> None:
        await asyncio.sleep(0)


async def test_a_redis_without_tracking_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    """Upstash, an old Memorystore: it is asked again and again, and the log is not filled with it."""
    caplog.set_level("INFO", "state_gateway.tracking")
    asked, enough = 0, asyncio.Event()

    def reply(_command: Command) -> bytes:
        nonlocal asked
        asked += 1
        if asked == 5:
            enough.set()
        return b"-ERR unknown command\r\n"

    async with ScriptedRedis(reply).running() as redis:
        cache = ReadCache({b"a:": 1.0}, 10, 1_000, _Hasty(), Metrics())
        tracking = Tracking(RedisAddress.parse(redis.url), cache, _Hasty())
        await tracking.start()
        try:
            async with asyncio.timeout(10):
                await enough.wait()
        finally:
            await tracking.aclose()
    assert [record.getMessage() for record in caplog.records] == ["read cache off"]
