"""The leader's lock in a real Redis: one has it, it runs out by Redis' clock, and nobody gives back another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from calls.ports import StoreDown
from calls.stores.lock import StoreLock
from calls.stores.redis import RedisExecutor
from tests.support.redis_server import RedisServer, redis_server


@pytest_asyncio.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    async with redis_server(tmp_path / "redis") as running:
        yield running


@pytest_asyncio.fixture
async def executor(redis: RedisServer) -> AsyncIterator[RedisExecutor]:
    made = RedisExecutor(redis.url)
    yield made
    await made.aclose()


async def test_of_many_contenders_one_has_it(executor: RedisExecutor) -> None:
    """All ask at the same instant; who has it keeps it by asking again."""
    contenders = [StoreLock(executor, "control") for _ in range(20)]
    taken = await asyncio.gather(*(one.take(5.0) for one in contenders))
    assert sum(taken) == 1
    assert await contenders[taken.index(True)].take(5.0)


async def test_it_runs_out_and_the_late_one_neither_keeps_nor_gives_back_what_is_anothers(
    executor: RedisExecutor,
) -> None:
    """A leader that slept past its time finds the lock another's, and leaves it there."""
    sleeper, other, third = (StoreLock(executor, "control") for _ in range(3))
    assert await sleeper.take(0.05)
    async with asyncio.timeout(10):
        while not await other.take(60.0):
            await asyncio.sleep(0.01)
    assert not await sleeper.take(60.0)
    await sleeper.release()
    assert not await third.take(60.0)
    await other.release()
    assert await third.take(60.0)


async def test_names_and_prefixes_are_locks_of_their_own(executor: RedisExecutor) -> None:
    """Two installations may share a Redis."""
    locks = [StoreLock(executor, "control"), StoreLock(executor, "other"), StoreLock(executor, "control", prefix="b")]
    assert [await lock.take(5.0) for lock in locks] == [True, True, True]


async def test_a_redis_that_is_down_is_no_no(redis: RedisServer, executor: RedisExecutor) -> None:
    """Nobody knows who leads: StoreDown, and after its return without its data the lock is free."""
    lock = StoreLock(executor, "control")
    assert await lock.take(60.0)
    await redis.kill()
    with pytest.raises(StoreDown):
        await lock.take(60.0)
    with pytest.raises(StoreDown):
        await lock.release()
    await redis.start(empty=True)
    assert await StoreLock(executor, "control").take(60.0)
