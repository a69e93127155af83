"""Rates over a real Redis: replicas agree, a burst costs few trips, and without Redis each counts alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from limits import RateLimitItemPerSecond

from ops.clock import SystemClock
from state_gateway.errors import Refused
from state_gateway.metrics import Metrics
from state_gateway.security.clients import Client, Rate
from state_gateway.security.rates import Rates, Shared
from tests.fakes.clock import FakeClock
from tests.support.gateway_door import a_client
from tests.support.redis_server import RedisServer, redis_server


@asynccontextmanager
async def _replicas(url: str | None, metrics: Metrics) -> AsyncIterator[tuple[Rates, Rates, FakeClock]]:
    clock = FakeClock()
    one, two = (Rates(Shared(url) if url else None, clock, metrics) for _ in range(2))
    try:
        yield one, two, clock
    finally:
        await one.aclose()
        await two.aclose()


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    async with redis_server(tmp_path) as server:
        yield server


async def _until_refused(rates: Rates, client: Client, most: int = 1000) -> int:
    for taken in range(most):
        try:
            await rates.take(client)
        except Refused as refused:
            assert (refused.status, refused.code) == (429, "rate_limited") and refused.retry_after_s
            return taken
    return most


async def test_replicas_agree(redis: RedisServer) -> None:
    """What one lets in the other counts; another client has a rate of its own."""
    async with _replicas(redis.url, Metrics()) as (one, two, clock):
        client = a_client(rate=Rate(200, 600))
        for _ in range(60):
            await one.take(client)
        first = await _until_refused(two, client)
        clock.advance(3.0)  # what `one` still has of its portion stays its own
        assert 60 + first + await _until_refused(one, client) == 200
        await two.take(a_client("other", rate=Rate(1, 600)))


async def test_a_burst_costs_few_trips(redis: RedisServer) -> None:
    """A portion is bought once for all who wait: 400 requests at once of 1000 a window are 20 portions."""
    async with _replicas(redis.url, Metrics()) as (one, _, _clock):
        client = a_client(rate=Rate(1000, 600))
        await asyncio.gather(*(one.take(client) for _ in range(400)))
        (calls,) = [line for line in (await redis.ask("info", "commandstats")).splitlines() if "evalsha" in line]
        assert int(calls.split("calls=")[1].split(",")[0]) <= 22


async def test_a_client_that_hammers_costs_no_trips(redis: RedisServer) -> None:
    """After a refusal Redis is not asked again before the window can have moved on."""
    async with _replicas(redis.url, Metrics()) as (one, _, clock):
        client = a_client(rate=Rate(1, 600))
        assert await _until_refused(one, client) == 1
        await redis.kill()
        assert await _until_refused(one, client) == 0
        clock.advance(1.01)
        assert await _until_refused(one, client) == 1  # asked again, found it away, and counts alone


async def test_without_redis_each_counts_alone(redis: RedisServer) -> None:
    """Calls go on at the whole rate of this replica, and the window empties as time passes; Redis is used again."""
    metrics = Metrics()
    async with _replicas(redis.url, metrics) as (one, _, clock):
        client = a_client(rate=Rate(10, 1))
        await redis.kill()
        assert await _until_refused(one, client) == 10
        clock.advance(0.5)
        assert await _until_refused(one, client) == 5
        assert metrics.registry.get_sample_value("gateway_rates_alone_total") == 1
        await redis.start()
        clock.advance(1.0)
        await one.take(client)
        assert "LIMITER" in await redis.ask("keys", "state-gateway:rate:*")


async def test_a_silent_redis_is_not_waited_for(redis: RedisServer) -> None:
    """A frozen one costs a tenth of a second once, then nothing for a second."""
    async with _replicas(redis.url, Metrics()) as (one, _, _clock):
        client = a_client(rate=Rate(1000, 1))
        redis.freeze()
        try:
            async with asyncio.timeout(20):
                for _ in range(500):
                    await one.take(client)
        finally:
            redis.thaw()


async def test_a_purchase_that_is_cancelled_ends_at_once(redis: RedisServer) -> None:
    """One in some went on, the cancellation lost inside the client library: a client that hung up, or SIGTERM, was
    ignored. The next one gets its own answer."""
    shared = Shared(redis.url)
    item = RateLimitItemPerSecond(1_000_000, 600)
    for step in range(200):
        async with asyncio.TaskGroup() as group:
            purchase = group.create_task(shared.take(a_client(), item, 1))
            for _ in range(step % 20):
                await asyncio.sleep(0)
            cancelled = purchase.cancel()
        assert purchase.cancelled() or not cancelled
    assert await shared.take(a_client(), item, 1)
    await shared.aclose()


async def test_a_changed_rate_holds_at_once(redis: RedisServer) -> None:
    """The clients file may change it while the gateway runs."""
    async with _replicas(redis.url, Metrics()) as (one, _, _clock):
        assert await _until_refused(one, a_client(rate=Rate(1, 600))) == 1
        assert await _until_refused(one, a_client(rate=Rate(3, 600))) in (2, 3)
        assert await _until_refused(one, a_client(), most=50) == 50


async def test_one_replica_needs_no_redis() -> None:
    """And the system's clock will do."""
    rates = Rates(None, SystemClock(), Metrics())
    assert await _until_refused(rates, a_client(rate=Rate(5, 600))) == 5
    await rates.aclose()
