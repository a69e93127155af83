"""Requests a client may make, agreed by all replicas in Redis: a sliding window, taken from in small portions.

A portion is 2% of the rate. One trip to Redis buys it, and its requests cost a subtraction here; so replicas together
may exceed the rate by what is left of their portions. Redis away: each replica counts alone, at the whole rate.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.storage.redis.redispy import RedispyBridge
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from ops import logging
from ops.clock import Clock
from ops.deadline import deadline
from state_gateway.errors import Refused
from state_gateway.metrics import Metrics
from state_gateway.security.clients import Client, Rate
from state_gateway.security.clients_file import RESERVED

_ANSWER_S = 0.1
_AWAY_S = 1.0  # how long Redis is not asked again after a failure
_PORTION, _LARGEST = 0.02, 200
_log = logging.get("state_gateway.rates")


class Shared:
    """The windows in Redis. `url` as in STATE_GATEWAY_REDIS_URL."""

    def __init__(self, url: str) -> None:
        uri = url.replace("unix://", "redis+unix://", 1) if url.startswith("unix://") else url
        self._storage = RedisStorage(
            f"async+{uri}",
            implementation="redispy",
            key_prefix=f"{RESERVED}rate",
            # None: with one it writes under asyncio.wait_for, which loses cancellations in Python 3.11.
            socket_timeout=None,  # type: ignore[arg-type] # redis-py's own argument, passed through
            socket_connect_timeout=_ANSWER_S,
            retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type] # as above
        )
        self._window = SlidingWindowCounterRateLimiter(self._storage)
        self.errors = (RedisError, OSError, TimeoutError)

    async def take(self, client: Client, item: RateLimitItem, count: int) -> bool:
        """`count` requests at once, or none of them. Raises one of `errors`."""
        async with deadline(_ANSWER_S, "redis"):
            return await self._window.hit(item, client.name, cost=count)

    async def aclose(self) -> None:
        bridge = self._storage.bridge
        assert isinstance(bridge, RedispyBridge)  # noqa: S101 - what `implementation` asked for
        await bridge.get_connection().aclose()  # type: ignore[attr-defined] # limits' own view of a client has less


@dataclass
class _Account:
    """What this replica knows of one client's rate. Times are monotonic seconds."""

    rate: Rate
    portion: int = _LARGEST  # how much is bought at once: one near the limit, then twice as much each time it works
    left: int = 0  # of what was bought
    good_until: float = 0.0
    refused_until: float = 0.0
    alone: float = 0.0  # requests counted here while Redis is away: they leak away at the rate
    alone_since: float = 0.0
    buying: asyncio.Lock = field(default_factory=asyncio.Lock)

    def spend(self, now: float) -> bool:
        if self.left > 0 and now < self.good_until:
            self.left -= 1
            return True
        return False


class Rates:
    """`shared` None: one replica, which counts alone."""

    def __init__(self, shared: Shared | None, clock: Clock, metrics: Metrics) -> None:
        self._shared, self._clock, self._metrics = shared, clock, metrics
        self._accounts: dict[str, _Account] = {}
        self._away_until = 0.0

    async def take(self, client: Client) -> None:
        """One request. Raises Refused 429."""
        if client.rate is None:
            return
        account = self._accounts.get(client.name)
        if account is None or (account.rate is not client.rate and account.rate != client.rate):
            account = self._accounts[client.name] = _Account(client.rate)
        now = self._clock.monotonic()
        if account.spend(now):
            return
        if now < account.refused_until:
            raise self._limited(account, now)
        async with account.buying:  # one trip for all who wait
            if account.spend(now := self._clock.monotonic()):
                return
            if now < account.refused_until or not await self._buy(client, account, now):
                raise self._limited(account, now)

    async def aclose(self) -> None:
        if self._shared is not None:
            await self._shared.aclose()

    async def _buy(self, client: Client, account: _Account, now: float) -> bool:
        """A portion; near the limit a single request. False: the rate is used up."""
        if self._shared is None or now < self._away_until:
            return _alone(account, now)
        rate = account.rate
        item = RateLimitItemPerSecond(rate.amount, rate.seconds)
        portion = max(1, min(account.portion, int(rate.amount * _PORTION)))
        try:
            for count in dict.fromkeys((portion, 1)):
                if await self._shared.take(client, item, count):
                    account.left, account.good_until = count - 1, now + rate.seconds
                    account.portion = min(_LARGEST, 2 * count)
                    return True
                account.portion = 1
        except self._shared.errors as error:
            self._away_until = now + _AWAY_S
            self._metrics.rates_alone.inc()
            _log.warning("rates are counted here only", error=error, retry_in_s=_AWAY_S)
            return _alone(account, now)
        # Asking again before the window has moved on is in vain: a client that hammers costs no trips to Redis.
        account.refused_until = now + min(1.0, max(rate.seconds / rate.amount, 0.01))
        return False

    def _limited(self, account: _Account, now: float) -> Refused:
        wait_s = max(account.refused_until - now, account.rate.seconds / account.rate.amount)
        return Refused(429, "rate_limited", "too many requests of this client", retry_after_s=wait_s)


def _alone(account: _Account, now: float) -> bool:
    """A leaky bucket as large as the rate's amount."""
    rate = account.rate
    leaked = (now - account.alone_since) * rate.amount / rate.seconds
    account.alone, account.alone_since = max(0.0, account.alone - leaked), now
    if account.alone + 1 > rate.amount:
        return False
    account.alone += 1
    return True
