"""Every store of the house on a test bench: with the means to break it, to mend it and to let time pass for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from calls.ports import StateStore
from calls.stores.http import http_store
from calls.stores.memory import MemoryStore
from calls.stores.redis import redis_store
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.support.a_gateway import a_gateway, client
from tests.support.gateway_bench import gateway_served
from tests.support.redis_server import redis_server


async def _nothing() -> None:
    """Memory alone is never down."""


@dataclass
class Bench:
    """`forget` takes everything from the store, as a replacement machine would."""

    store: StateStore
    break_it: Callable[[], Awaitable[None]] = _nothing
    mend: Callable[[], Awaitable[None]] = _nothing
    pass_time: Callable[[float], Awaitable[None]] = asyncio.sleep
    forget: Callable[[], Awaitable[None]] = _nothing


Make = Callable[[Path], AbstractAsyncContextManager[Bench]]


@asynccontextmanager
async def memory(_: Path) -> AsyncIterator[Bench]:
    clock = FakeClock()
    store = MemoryStore(clock=clock)
    yield Bench(store, pass_time=_advance(clock))
    await store.aclose()


@asynccontextmanager
async def directory(tmp_path: Path) -> AsyncIterator[Bench]:
    records, away, clock = tmp_path / "records", tmp_path / "away", FakeClock()

    async def breaks() -> None:  # as a full or unmounted disk: root may write where permissions forbid it
        if records.exists():
            records.rename(away)
        records.write_text("in the way")

    async def mends() -> None:
        records.unlink()
        if away.exists():
            away.rename(records)

    store = MemoryStore(records, clock=clock)
    yield Bench(store, breaks, mends, _advance(clock))
    await store.aclose()


@asynccontextmanager
async def fake(_: Path) -> AsyncIterator[Bench]:
    clock = FakeClock()
    store = FakeStore(clock)

    async def breaks() -> None:
        store.down(3600.0)

    async def mends() -> None:
        store.mend()

    yield Bench(store, breaks, mends, _advance(clock))
    await store.aclose()


@asynccontextmanager
async def redis(tmp_path: Path) -> AsyncIterator[Bench]:
    """A real server; broken by kill -9, mended by a start from what it kept on disk."""
    async with redis_server(tmp_path) as server:
        store = redis_store(server.url)

        async def forgets() -> None:
            await server.kill()
            await server.start(empty=True)

        yield Bench(store, server.kill, server.start, forget=forgets)
        await store.aclose()


@asynccontextmanager
async def http(tmp_path: Path) -> AsyncIterator[Bench]:
    """Through a gateway in this process, over a real socket, requests signed; broken by its Redis."""
    async with redis_server(tmp_path) as server, gateway_served(tmp_path, server.url, signing="required") as gateway:
        store = http_store(gateway.url, api_key=gateway.api_key, signing_key=gateway.signing_key)

        async def mends() -> None:
            await server.start()
            await _answers(store)

        async def forgets() -> None:
            await server.kill()
            await server.start(empty=True)
            await _answers(store)

        yield Bench(store, server.kill, mends, forget=forgets)
        await store.aclose()


@asynccontextmanager
async def http_process(tmp_path: Path) -> AsyncIterator[Bench]:
    """Through a gateway as it runs in production; broken by kill -9 of the gateway."""
    clients = [client("worker", prefixes=["switchboard"])]
    async with redis_server(tmp_path) as server, a_gateway(tmp_path / "gateway", server.url, clients) as gateway:
        store = http_store(gateway.url, api_key=gateway.api_key)

        async def mends() -> None:
            await gateway.start()
            await _answers(store)

        yield Bench(store, gateway.kill, mends)
        await store.aclose()


async def _answers(store: StateStore) -> None:
    """The client is patient with a gateway that is gone: up to 8 s between its trials."""
    async with asyncio.timeout(20):
        while not await store.ready():
            await asyncio.sleep(0.05)


def _advance(clock: FakeClock) -> Callable[[float], Awaitable[None]]:
    async def passes(seconds: float) -> None:
        clock.advance(seconds)

    return passes


ALL: dict[str, Make] = {"memory": memory, "directory": directory, "fake": fake, "redis": redis, "http": http}
REMOTE: dict[str, Make] = {"redis": redis, "http": http}
BREAKABLE: dict[str, Make] = {"directory": directory, "fake": fake, **REMOTE, "http-gateway": http_process}
