"""Records read from a real Redis, under the keys that the product writes, while that Redis comes and goes."""

from __future__ import annotations

import json
from asyncio import TaskGroup, sleep
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from local.records import RecordsUnreadableError, reading
from tests.support.redis_server import RedisServer, redis_server


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    async with redis_server(tmp_path) as server:
        yield server


def _event(seq: int, epoch: int = 1) -> str:
    return json.dumps({"v": 1, "kind": "dtmf_pressed", "call_id": "c1", "epoch": epoch, "seq": seq, "at": 1.0})


async def _write(redis: RedisServer, *seqs: int, epoch: int = 1) -> None:
    for seq in seqs:
        await redis.ask("XADD", "switchboard:events:c1", f"{epoch}-{seq}", "e", _event(seq, epoch))


async def _record(redis: RedisServer, call_id: str, **fields: Any) -> None:
    await redis.ask("HSET", f"switchboard:call:{call_id}", "ver", 1, "record", json.dumps(fields))


async def test_events_come_in_the_order_of_their_writers_and_late_ones_in_their_place(redis: RedisServer) -> None:
    """What a dead worker had on its own disk arrives after its successor's first words."""
    await _write(redis, 1, 2)
    await _write(redis, 3, epoch=2)
    await redis.ask("HSET", "switchboard:late:c1", "1-3", _event(3))
    async with reading(redis.url) as records:
        told = [(event["epoch"], event["seq"]) for event in await records.events("c1")]
        added = [(event["epoch"], event["seq"]) for event in await records.events("c1", after=(1, 2))]
    assert told == [(1, 1), (1, 2), (1, 3), (2, 3)]
    assert added == [(1, 3), (2, 3)]


async def test_every_record_is_found_and_nothing_else(redis: RedisServer) -> None:
    await _record(redis, "c1", outcome=None)
    await _record(redis, "c2", outcome="resolved")
    await redis.ask("ZADD", "switchboard:open", 1, "c1")
    await redis.ask("SET", "switchboard:once:c1:key", 1)
    async with reading(redis.url) as records:
        assert await records.all() == {"c1": {"outcome": None}, "c2": {"outcome": "resolved"}}
        assert await records.open_calls() == ["c1"]
        assert await records.record("c2") == {"outcome": "resolved"}
        assert await records.record("c3") is None
        assert await records.events("c3") == []


async def test_a_store_with_nothing_in_it_has_no_records(redis: RedisServer) -> None:
    async with reading(redis.url) as records:
        assert await records.all() == {}


async def test_a_store_that_is_gone_or_hangs_is_no_empty_one(redis: RedisServer) -> None:
    """ "There is no such call" would be believed; and when it is back, it is read at once."""
    await _record(redis, "c1", outcome="resolved")
    async with reading(redis.url) as records:
        assert await records.record("c1")
        redis.freeze()
        with pytest.raises(RecordsUnreadableError):
            await records.record("c1")
        redis.thaw()
        assert await records.record("c1")
        await redis.kill()
        with pytest.raises(RecordsUnreadableError):
            await records.record("c1")
        await redis.start()
        assert await records.record("c1")


async def test_a_look_that_is_cancelled_ends_at_once(redis: RedisServer) -> None:
    """One in ten went on, the cancellation lost inside the client library: Ctrl-C did not end `make run`."""
    async with reading(redis.url) as records:
        for turns in range(200):
            async with TaskGroup() as group:
                look = group.create_task(records.open_calls())
                for _ in range(turns % 20):
                    await sleep(0)
                cancelled = look.cancel()
            assert look.cancelled() or not cancelled


async def test_another_kind_of_store_is_refused() -> None:
    with pytest.raises(ValueError, match="not of memory://"):
        async with reading("memory://"):
            pass
