"""The one place that puts the gateway together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from ops.clock import Clock, SystemClock
from ops.loop_lag import LoopLag
from ops.readiness import Readiness
from state_gateway.batching import Bounds, Lanes
from state_gateway.front import Front
from state_gateway.metrics import Metrics
from state_gateway.redis_address import RedisAddress
from state_gateway.redis_pool import RedisPool
from state_gateway.routes import probes, upstash
from state_gateway.routes.redis_service import RedisService
from state_gateway.security import assemble
from state_gateway.security.admission import Admission
from state_gateway.settings import GatewaySettings, Redis


def build(settings: GatewaySettings, clock: Clock | None = None) -> ASGIApp:
    """The application. Connects when its lifespan starts. Raises BadClientsFile."""
    clock, metrics, limits = clock or SystemClock(), Metrics(), settings.limits
    redis, readiness, lag = _redis(settings.redis, metrics), Readiness(), LoopLag(clock)
    readiness.add("redis", redis.primary.ping)
    if redis.replica is not None:
        readiness.add("redis_replica", redis.replica.ping, required=False)
    admission = assemble.admission(
        settings.security, redis.primary, settings.redis.redis_url.get_secret_value(), limits.body_s, clock, metrics
    )
    service = RedisService(admission, redis, limits.body_bytes, limits.commands)
    routes: list[BaseRoute] = [*probes.routes(readiness, metrics, lag, limits.probe_s)]
    return Front(upstash.handlers(service), routes, metrics, _lifespan(redis, lag, admission))


def _redis(settings: Redis, metrics: Metrics) -> RedisPool:
    bounds = Bounds(lanes=settings.redis_lanes, timeout_s=settings.redis_timeout_s)
    primary = Lanes("primary", RedisAddress.parse(settings.redis_url.get_secret_value()), bounds, metrics)
    if settings.redis_replica_url is None:
        return RedisPool(primary, None, metrics)
    address = RedisAddress.parse(settings.redis_replica_url.get_secret_value())
    return RedisPool(primary, Lanes("replica", address, bounds, metrics), metrics)


def _lifespan(
    redis: RedisPool, lag: LoopLag, admission: Admission
) -> Callable[[object], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        await redis.start()
        lag.start()
        try:
            async with admission.running():
                yield
        finally:
            await lag.aclose()
            await redis.aclose()

    return lifespan
