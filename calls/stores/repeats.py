"""What may be sent again when no answer came: only what does no harm if it was executed the first time."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache

from calls.stores.executor import Command
from calls.stores.scripts import script

_LEASES = ("write", "open", "renew", "give_up", "release", "held", "erase", "lock_take", "lock_release")
_SCRIPTS = (
    *_LEASES,
    "agree",
    "withdraw",
    "outbound_order",
    "outbound_forget",
)  # an order carries its key, a consent is what it says
_READS = frozenset({"GET", "HGET", "HGETALL", "XRANGE", "PING"})
_FIRST_S, _LONGEST_S = 0.05, 0.4


def may_repeat(commands: Sequence[Command]) -> bool:
    """Reads, and a store's scripts: a write carries its idempotency key, a lease is renewed, given up or released as
    well twice as once. Anything else may have been executed already: its sender must decide."""
    return all(_harmless(command) for command in commands)


class Budget:
    """Retries for at most a tenth of all requests, and ten more in a burst: they must not double a flood.

    As in the gRPC retry throttling design (A6, "maxTokens", "tokenRatio").
    """

    def __init__(self, most: float = 10.0, each: float = 0.1) -> None:
        self._left = self._most = most
        self._each = each

    def earn(self) -> None:
        """A request went well."""
        self._left = min(self._most, self._left + self._each)

    def spend(self) -> bool:
        """May there be one more retry?"""
        if self._left < 1:
            return False
        self._left -= 1
        return True


def pause_s(attempt: int, chance: Callable[[], float] = random.random) -> float:
    """How long before retry number `attempt` (1, 2 ...): between nothing and a growing bound, so that many spread."""
    return float(chance() * min(_FIRST_S * 2**attempt, _LONGEST_S))


def _harmless(command: Command) -> bool:
    name = str(command[0]).upper()
    return name in _READS or (name in ("EVALSHA", "EVAL") and command[1] in _ours())


@cache
def _ours() -> frozenset[str | bytes | int]:
    """The scripts by hash and by text."""
    return frozenset(word for name in _SCRIPTS for word in (script(name).sha, script(name).text))
