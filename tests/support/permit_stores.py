"""Every adapter of Permits, Tallies and OutboundCalls on a test bench, with the means to break what is behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from calls.outbound import OutboundCalls
from calls.permits import Ledgers
from calls.stores.executor import Executor
from calls.stores.http import http_executor
from calls.stores.memory_outbound import MemoryOutbound
from calls.stores.memory_permits import MemoryPermits
from calls.stores.outbound_keys import OutboundKeys
from calls.stores.permit_keys import PermitKeys
from calls.stores.redis import RedisExecutor
from tests.fakes.clock import FakeClock
from tests.support.gateway_bench import gateway_served
from tests.support.redis_server import redis_server


async def _nothing() -> None:
    """Memory alone is never down."""


@dataclass
class PermitBench:
    permits: Ledgers
    outbound: OutboundCalls
    executor: Executor | None = None
    break_it: Callable[[], Awaitable[None]] = _nothing
    pass_time: Callable[[float], Awaitable[None]] = asyncio.sleep


Make = Callable[[Path], AbstractAsyncContextManager[PermitBench]]


@asynccontextmanager
async def memory(_: Path) -> AsyncIterator[PermitBench]:
    clock = FakeClock()

    async def passes(seconds: float) -> None:
        clock.advance(seconds)

    yield PermitBench(MemoryPermits(clock), MemoryOutbound(clock), pass_time=passes)


@asynccontextmanager
async def redis(tmp_path: Path) -> AsyncIterator[PermitBench]:
    async with redis_server(tmp_path) as server:
        executor = RedisExecutor(server.url)
        yield PermitBench(PermitKeys(executor), OutboundKeys(executor), executor, server.kill)
        await executor.aclose()


@asynccontextmanager
async def http(tmp_path: Path) -> AsyncIterator[PermitBench]:
    """Through a gateway as an agent's key is let in: its prefix, its commands, its scripts; requests signed."""
    async with redis_server(tmp_path) as server, gateway_served(tmp_path, server.url, signing="required") as gateway:
        executor = http_executor(gateway.url, api_key=gateway.api_key, signing_key=gateway.signing_key)
        yield PermitBench(PermitKeys(executor), OutboundKeys(executor), executor, server.kill)
        await executor.aclose()


ALL: dict[str, Make] = {"memory": memory, "redis": redis, "http": http}
REMOTE: dict[str, Make] = {"redis": redis, "http": http}
