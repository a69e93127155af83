"""What the gateway's metrics say of a Redis that is full."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.a_gateway import a_gateway
from tests.support.redis_server import redis_server


@pytest.mark.parametrize("policy", ["volatile-lru", "noeviction"])
async def test_keys_that_redis_throws_away_are_counted(tmp_path: Path, policy: str) -> None:
    """A record is gone and nobody was told: with any policy but noeviction. That one answers OOM instead."""
    limits = ("--maxmemory", "4mb", "--maxmemory-policy", policy)
    async with (
        redis_server(tmp_path, *limits, appendonly=False) as redis,
        a_gateway(tmp_path, redis.url) as gateway,
    ):
        await gateway.wait_for("/ready", ready=True)
        evicts = policy != "noeviction"
        assert await gateway.metric("gateway_redis_may_evict") == evicts
        assert await gateway.metric("gateway_redis_evicted_keys") == 0
        codes = {
            (await gateway.post("/", ["SET", f"calls:{number}", "x" * 100_000, "EX", 3600])).status_code
            for number in range(60)
        }
        assert codes == ({200} if evicts else {200, 503})
        assert (await gateway.metric("gateway_redis_evicted_keys") > 0) == evicts


async def test_without_a_limit_nothing_is_evicted_whatever_the_policy(tmp_path: Path) -> None:
    async with (
        redis_server(tmp_path, "--maxmemory-policy", "allkeys-lru", appendonly=False) as redis,
        a_gateway(tmp_path, redis.url) as gateway,
    ):
        await gateway.wait_for("/ready", ready=True)
        assert await gateway.metric("gateway_redis_may_evict") == 0
        await redis.kill()
        assert (await gateway.http.get("/metrics")).status_code == 200
