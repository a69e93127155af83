"""The read cache against a real Redis: what may be old, for how long, and that every write by anybody ends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.a_gateway import Gateway, a_gateway
from tests.support.redis_server import RedisServer, redis_server

_HIT = 'gateway_cache_lookups_total{outcome="hit"}'
_LONG = "calls:c:=5000"


@asynccontextmanager
async def _running(tmp_path: Path, *options: str, cache: str = _LONG) -> AsyncIterator[tuple[Gateway, RedisServer]]:
    async with redis_server(tmp_path, *options) as redis, a_gateway(tmp_path, redis.url, CACHE=cache) as gateway:
        await _until_on(gateway)
        yield gateway, redis


async def _until_on(gateway: Gateway) -> None:
    """A cache that is on answers the second of two reads."""
    async with asyncio.timeout(20):
        while True:
            before = await gateway.metric(_HIT)
            for _ in range(2):
                await gateway.post("/", ["GET", "calls:c:probe"])
            if await gateway.metric(_HIT) > before:
                return
            await asyncio.sleep(0.02)


async def _becomes(gateway: Gateway, key: str, value: Any) -> None:
    async with asyncio.timeout(3):  # shorter than the entry would live: the write ended it, not its age
        while await gateway.result("GET", key) != value:
            await asyncio.sleep(0.005)


async def test_only_the_named_prefixes_are_cached(tmp_path: Path) -> None:
    async with _running(tmp_path) as (gateway, _):
        await gateway.result("MSET", "calls:c:a", "1", "calls:other", "1")
        before = await gateway.metric(_HIT)
        for _ in range(3):
            await gateway.result("GET", "calls:other")
        assert await gateway.metric(_HIT) == before
        for _ in range(3):
            assert await gateway.result("GET", "calls:c:a") == "1"
        assert await gateway.metric(_HIT) == before + 2
        assert (await gateway.http.get("/redis/get/calls:c:a")).json()["value"] == "1"
        assert await gateway.metric(_HIT) == before + 3


async def test_a_client_reads_its_own_write_at_once(tmp_path: Path) -> None:
    """By any command, in any route, also where the write is in a script."""
    async with _running(tmp_path) as (gateway, _):
        for number in range(50):
            await gateway.result("SET", "calls:c:a", str(number))
            assert await gateway.result("GET", "calls:c:a") == str(number)
            await gateway.post("/multi-exec", [["APPEND", "calls:c:a", "!"], ["DEL", "calls:c:b"]])
            assert await gateway.result("GET", "calls:c:a") == f"{number}!"
        await gateway.http.delete("/redis/delete/calls:c:a")
        assert await gateway.result("GET", "calls:c:a") is None


async def test_a_key_that_has_run_out_is_not_answered(tmp_path: Path) -> None:
    """Redis tells of it only when it comes across the key, which nobody else asks for: a lock, a token or a rate that
    has run out was still answered, for as long as the entry might live."""
    async with _running(tmp_path, "--enable-debug-command", "local") as (gateway, redis):
        # As in a Redis with many keys, of which few are looked at.
        assert await redis.ask("DEBUG", "SET-ACTIVE-EXPIRE", "0") == "OK"
        for how in (["PX", 300], ["EX", 1]):
            await gateway.result("SET", "calls:c:a", "1", *how)
            assert await gateway.result("GET", "calls:c:a") == "1"
            await _becomes(gateway, "calls:c:a", None)


async def test_a_write_by_anybody_is_seen(tmp_path: Path) -> None:
    """By another gateway, by a worker that talks to Redis directly, by FLUSHALL."""
    async with _running(tmp_path) as (gateway, redis):
        await gateway.result("SET", "calls:c:a", "1")
        assert await gateway.result("GET", "calls:c:a") == "1"
        await redis.ask("SET", "calls:c:a", "2")
        await _becomes(gateway, "calls:c:a", "2")
        await redis.ask("FLUSHALL")
        await _becomes(gateway, "calls:c:a", None)
        await redis.ask("SET", "calls:c:a", "3")  # that there was no such key is cached, too, and ended too
        await _becomes(gateway, "calls:c:a", "3")


async def test_without_its_connection_the_cache_is_off(tmp_path: Path) -> None:
    """A cut tracking connection tells of no writes: nothing is answered from memory until it is back."""
    async with _running(tmp_path) as (gateway, redis):
        await gateway.result("SET", "calls:c:a", "1")
        await gateway.result("GET", "calls:c:a")
        await redis.kill()
        async with asyncio.timeout(5):
            while (await gateway.post("/", ["GET", "calls:c:a"])).status_code != 503:
                await asyncio.sleep(0.01)
        await redis.start()
        await _until_on(gateway)
        await redis.ask("SET", "calls:c:a", "2")
        await _becomes(gateway, "calls:c:a", "2")


async def test_an_entry_lives_as_long_as_its_prefix_says(tmp_path: Path) -> None:
    async with _running(tmp_path, cache="calls:c:=50") as (gateway, _):
        await gateway.result("SET", "calls:c:a", "1")
        missed = 'gateway_cache_lookups_total{outcome="miss"}'
        before = await gateway.metric(missed)
        async with asyncio.timeout(10):
            while await gateway.metric(missed) < before + 3:
                await gateway.result("GET", "calls:c:a")
                await asyncio.sleep(0.02)


async def test_a_cached_value_is_nobody_elses(tmp_path: Path) -> None:
    """The policy is asked before the cache: a client whose prefix does not hold the key hears 403."""
    async with _running(tmp_path) as (gateway, _):
        await gateway.result("SET", "calls:c:a", "1")
        await gateway.result("GET", "calls:c:a")
        assert (await gateway.post("/", ["GET", "elsewhere:c:a"])).status_code == 403
        assert (await gateway.http.get("/redis/get/calls:c:a", headers={"Authorization": "x"})).status_code == 401
