"""The one place that puts the gateway together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Protocol

from starlette.types import ASGIApp

from ops.clock import Clock, SystemClock
from ops.loop_lag import LoopLag
from ops.readiness import Readiness
from state_gateway.batching import Bounds, Lanes
from state_gateway.cached_redis import CachedRedis
from state_gateway.front import Front
from state_gateway.metrics import Metrics
from state_gateway.read_cache import ReadCache
from state_gateway.redis_address import RedisAddress
from state_gateway.redis_health import RedisHealth
from state_gateway.redis_pool import RedisPool
from state_gateway.routes import openapi, probes, upstash
from state_gateway.routes import redis as redis_routes
from state_gateway.routes.redis_service import RedisService
from state_gateway.security import assemble
from state_gateway.security.admission import Admission
from state_gateway.settings import GatewaySettings, Redis
from state_gateway.storage.routes import routes as storage_routes
from state_gateway.storage.storage import Storage
from state_gateway.tracking import Tracking


def build(settings: GatewaySettings, clock: Clock | None = None) -> ASGIApp:
    """The application. Connects when its lifespan starts. Raises BadClientsFile."""
    clock, metrics, limits = clock or SystemClock(), Metrics(), settings.limits
    pool, readiness, lag = _pool(settings.redis, limits.answer_bytes, metrics), Readiness(), LoopLag(clock)
    readiness.add("redis", pool.primary.ping)
    if pool.replica is not None:
        readiness.add("redis_replica", pool.replica.ping, required=False)
    url = settings.redis.redis_url.get_secret_value()
    admission = assemble.admission(settings.security, limits, pool.primary, url, clock, metrics)
    redis, tracking = _cached(settings, pool, clock, metrics)
    service = RedisService(admission, redis, limits.body_bytes, limits.commands)
    storage = Storage(settings.storage)
    if storage.configured:
        readiness.add("bucket", partial(_answers, storage), required=False)
    parts: list[_Part] = [pool] if tracking is None else [pool, tracking]
    return Front(
        [*upstash.hot(service), *redis_routes.hot(service)],
        [
            *storage_routes(storage, admission),
            *probes.routes(readiness, metrics, lag, RedisHealth(pool.primary, metrics), limits.probe_s),
            *openapi.routes(),
        ],
        metrics,
        _lifespan(parts, storage, lag, admission),
    )


class _Part(Protocol):
    async def start(self) -> None: ...
    async def aclose(self) -> None: ...


def _cached(
    settings: GatewaySettings, pool: RedisPool, clock: Clock, metrics: Metrics
) -> tuple[RedisPool | CachedRedis, Tracking | None]:
    wanted = settings.cache
    if not wanted.ttls_s:
        return pool, None
    cache = ReadCache(wanted.ttls_s, wanted.cache_entries, wanted.cache_bytes, clock, metrics)
    address = RedisAddress.parse(settings.redis.redis_url.get_secret_value())
    return CachedRedis(pool, cache), Tracking(address, cache, clock)


def _pool(settings: Redis, answer_bytes: int, metrics: Metrics) -> RedisPool:
    bounds = Bounds(lanes=settings.redis_lanes, timeout_s=settings.redis_timeout_s, answer_bytes=answer_bytes)
    primary = Lanes("primary", RedisAddress.parse(settings.redis_url.get_secret_value()), bounds, metrics)
    if settings.redis_replica_url is None:
        return RedisPool(primary, None, metrics)
    address = RedisAddress.parse(settings.redis_replica_url.get_secret_value())
    return RedisPool(primary, Lanes("replica", address, bounds, metrics), metrics)


async def _answers(storage: Storage) -> bool:
    await storage.check()
    return True


def _lifespan(
    parts: Sequence[_Part], storage: Storage, lag: LoopLag, admission: Admission
) -> Callable[[object], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for part in parts:
                await part.start()
                stack.push_async_callback(part.aclose)
            stack.push_async_callback(storage.aclose)
            lag.start()
            stack.push_async_callback(lag.aclose)
            await stack.enter_async_context(admission.running())
            yield

    return lifespan
