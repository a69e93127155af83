"""Redis killed, frozen, started again, and its replica: what the gateway's clients are told, and when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.a_gateway import Gateway, a_gateway
from tests.support.redis_server import RedisServer, redis_server


@asynccontextmanager
async def _with_replica(tmp_path: Path) -> AsyncIterator[tuple[Gateway, RedisServer]]:
    """The gateway, its primary, and a replica that has caught up with the key calls:a."""
    async with redis_server(tmp_path / "primary") as primary:
        await primary.ask("SET", "calls:a", "1")
        replication = ("--replicaof", f"127.0.0.1 {primary.port}", "--repl-diskless-sync-delay", "0")
        async with redis_server(tmp_path / "replica", *replication, appendonly=False) as replica:
            async with asyncio.timeout(30):
                while await replica.ask("GET", "calls:a") != "1":
                    await asyncio.sleep(0.05)
            settings = {"REDIS_REPLICA_URL": replica.url, "REDIS_TIMEOUT_S": "0.5"}
            async with a_gateway(tmp_path, primary.url, **settings) as gateway:
                await gateway.wait_for("/ready", status="ok")
                yield gateway, primary


async def test_killed_and_back(tmp_path: Path) -> None:
    """Without a replica everything is 503 store_down with Retry-After 1, at once; then all goes on by itself."""
    async with redis_server(tmp_path) as redis, a_gateway(tmp_path, redis.url) as gateway:
        await gateway.wait_for("/ready", ready=True)
        assert await gateway.result("SET", "calls:a", "1") == "OK"
        await redis.kill()
        await gateway.wait_for("/ready", status="down")
        for command in (["SET", "calls:a", "2"], ["GET", "calls:a"]):
            answer = await gateway.post("/", command)
            assert (answer.status_code, answer.json()["code"]) == (503, "store_down")
            assert answer.headers["retry-after"] == "1"
        assert (await gateway.http.get("/live")).status_code == 200
        assert (await gateway.http.get("/ready")).status_code == 503
        await redis.start()
        await gateway.wait_for("/ready", ready=True)
        assert await gateway.result("GET", "calls:a") == "1"


async def test_a_gateway_may_start_before_its_redis(tmp_path: Path) -> None:
    async with redis_server(tmp_path, start=False) as redis, a_gateway(tmp_path, redis.url) as gateway:
        assert (await gateway.post("/", ["PING"])).status_code == 503
        await redis.start()
        await gateway.wait_for("/ready", ready=True)
        assert await gateway.result("PING") == "PONG"


async def test_reads_come_from_the_replica_and_say_so(tmp_path: Path) -> None:
    """Writes wait for the primary; a pipeline with a write in it is a write."""
    async with _with_replica(tmp_path) as (gateway, primary):
        fresh = await gateway.post("/", ["GET", "calls:a"])
        assert "x-stale" not in fresh.headers
        await primary.kill()
        assert (await gateway.wait_for("/ready", status="degraded"))["ready"] is True
        for path, body in (("/", ["GET", "calls:a"]), ("/pipeline", [["GET", "calls:a"], ["HGETALL", "calls:h"]])):
            stale = await gateway.post(path, body)
            assert stale.status_code == 200 and stale.headers["x-stale"] == "true", stale.text
        plain = await gateway.http.get("/redis/get/calls:a")
        assert plain.json()["value"] == "1" and plain.headers["x-stale"] == "true"
        mixed = await gateway.post("/pipeline", [["GET", "calls:a"], ["SET", "calls:a", "2"]])
        assert (mixed.status_code, mixed.json()["code"]) == (503, "store_down")
        await primary.start()
        await gateway.wait_for("/ready", status="ok")
        assert "x-stale" not in (await gateway.post("/", ["GET", "calls:a"])).headers


async def test_a_frozen_primary_is_as_good_as_gone(tmp_path: Path) -> None:
    """Its connections stay open and nothing comes: reads go to the replica at their deadline, a write is unknown."""
    async with _with_replica(tmp_path) as (gateway, primary):
        primary.freeze()
        write, read = await asyncio.gather(
            gateway.post("/", ["INCR", "calls:n"]), gateway.post("/", ["GET", "calls:a"])
        )
        assert (write.status_code, write.json()["code"]) == (503, "unknown_outcome")
        assert read.status_code == 200 and read.headers["x-stale"] == "true"
        primary.thaw()
        await gateway.wait_for("/ready", status="ok")
        assert await gateway.result("GET", "calls:n") == "1"  # it was executed, once


async def test_a_demoted_primary_takes_no_writes(tmp_path: Path) -> None:
    """READONLY: the gateway answers store_down, as for a Redis that is gone, and not with Redis' own error."""
    async with redis_server(tmp_path) as redis, a_gateway(tmp_path, redis.url) as gateway:
        await gateway.wait_for("/ready", ready=True)
        await redis.ask("REPLICAOF", "127.0.0.1", "1")
        for path, body in (("/", ["SET", "calls:a", "1"]), ("/multi-exec", [["SET", "calls:a", "1"]])):
            answer = await gateway.post(path, body)
            assert (answer.status_code, answer.json()["code"]) == (503, "store_down"), answer.text


async def test_an_empty_redis_is_no_error(tmp_path: Path) -> None:
    async with redis_server(tmp_path) as redis, a_gateway(tmp_path, redis.url) as gateway:
        await gateway.wait_for("/ready", ready=True)
        await gateway.result("SET", "calls:a", "1")
        await redis.kill()
        await redis.start(empty=True)
        await gateway.wait_for("/ready", ready=True)
        assert await gateway.result("GET", "calls:a") is None


async def test_counted_through_kills_never_twice(tmp_path: Path) -> None:
    """Writers that count while Redis is killed three times: the count lies between what was confirmed and that plus
    what was answered unknown. A repeated INCR would exceed it, a lost one fall short."""
    async with redis_server(tmp_path) as redis, a_gateway(tmp_path, redis.url) as gateway:
        await gateway.wait_for("/ready", ready=True)
        confirmed = unknown = 0
        ended = asyncio.Event()

        async def count() -> None:
            nonlocal confirmed, unknown
            while not ended.is_set():
                answer = await gateway.post("/", ["INCR", "calls:n"])
                confirmed += answer.status_code == 200
                unknown += answer.json().get("code") == "unknown_outcome"
                assert answer.status_code in (200, 503)

        async def kill() -> None:
            for _ in range(3):
                before = confirmed
                async with asyncio.timeout(20):
                    while confirmed < before + 20:
                        await asyncio.sleep(0.01)
                await redis.kill()
                await redis.start()
            ended.set()

        await asyncio.gather(*(count() for _ in range(8)), kill())
        await gateway.wait_for("/ready", ready=True)
        counted = int(await gateway.result("GET", "calls:n"))
        assert confirmed <= counted <= confirmed + unknown
