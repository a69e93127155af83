"""Each signed request once: nonces are remembered in Redis, for all replicas, and here, for when Redis is away.

With Redis away a replay to this replica is still refused; one to another replica is not, within the ten minutes that
the signature is good. That is accepted: the call goes on, and the call store's writes carry idempotency keys, which a
replay cannot apply twice. Only when this memory is full as well is a signed request refused.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Protocol

from ops.clock import Clock
from ops.signatures import WINDOW_S
from state_gateway.errors import Refused, store_down
from state_gateway.lane import Lost, NotSent, ReplyError
from state_gateway.metrics import Metrics
from state_gateway.security.clients_file import RESERVED

_KEPT_S = 2 * WINDOW_S  # a signature from a clock that is WINDOW_S ahead is good for twice as long
_KEPT_MS = b"%d" % (_KEPT_S * 1000)
_MOST = 100_000


class Redis(Protocol):
    """state_gateway.batching.Lanes is one: one round trip, within a deadline of its own."""

    async def run(self, commands: list[tuple[bytes, ...]], *, text: bool) -> list[Any]:
        """Raises NotSent or Lost."""
        ...


class Nonces:
    """`most`: how many are remembered here."""

    def __init__(self, redis: Redis, clock: Clock, metrics: Metrics, most: int = _MOST) -> None:
        self._redis, self._clock, self._metrics, self._most = redis, clock, metrics, most
        self._here: OrderedDict[tuple[str, str], float] = OrderedDict()  # nonce -> when it may be forgotten

    async def spend(self, key_id: str, nonce: str) -> None:
        """Raises Refused: 401 for one seen before, 503 where nobody could tell."""
        remembered = self._remember(key_id, nonce)
        key = f"{RESERVED}nonce:{key_id}:{nonce}".encode()
        try:
            (reply,) = await self._redis.run([(b"SET", key, b"1", b"NX", b"PX", _KEPT_MS)], text=False)
            if isinstance(reply, ReplyError):
                raise reply
        except (NotSent, Lost, ReplyError):
            self._metrics.nonces_here.inc()
            if not remembered:
                raise store_down("Redis cannot be reached, and too many signed requests came since") from None
            return
        if reply is None:
            raise _replayed()

    def _remember(self, key_id: str, nonce: str) -> bool:
        """False: no room. Raises Refused for a nonce that is known here."""
        now, here = self._clock.monotonic(), self._here
        while here and next(iter(here.values())) <= now:
            here.popitem(last=False)
        if (key_id, nonce) in here:
            raise _replayed()
        if len(here) >= self._most:
            return False
        here[key_id, nonce] = now + _KEPT_S
        return True


def _replayed() -> Refused:
    return Refused(401, "replayed", "this signature was seen before: sign each request anew")
