"""GET answers from memory, for the key prefixes that the operator named, while Redis tells of every write to them.

Off unless `on` (tracking.py calls it while its connection to Redis lives). A reply is kept only if nothing was said of
its key between question and answer, so that a write which overtakes it on the other connection is not undone. Keys are
whole keys of Redis, and the policy has let the client have this one before anybody looks here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ops.clock import Clock
from state_gateway.metrics import Metrics

_OVERHEAD = 200  # bytes of an entry besides its key and value, about


@dataclass(frozen=True, slots=True)
class _Entry:
    value: bytes | None
    until_s: float
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    at_s: float


class ReadCache:
    """`ttls_s`: seconds by key prefix. At most `entries`, and `size` bytes of keys and values; the oldest goes."""

    def __init__(self, ttls_s: Mapping[bytes, float], entries: int, size: int, clock: Clock, metrics: Metrics) -> None:
        self._ttls_s, self._most, self._most_bytes, self._clock = dict(ttls_s), entries, size, clock
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._asked: dict[bytes, _Question] = {}
        self._bytes, self._on = 0, False
        self._metrics = metrics
        self._outcomes = {name: metrics.cache.labels(name) for name in ("hit", "miss", "off")}

    def __repr__(self) -> str:
        return f"<ReadCache {'on' if self._on else 'off'} {len(self._entries)} entries {self._bytes} bytes>"

    @property
    def prefixes(self) -> tuple[bytes, ...]:
        """Those to watch: none begins with another, as Redis wants it (CLIENT TRACKING ... BCAST)."""
        return tuple(p for p in self._ttls_s if not any(p != other and p.startswith(other) for other in self._ttls_s))

    def covers(self, key: bytes) -> bool:
        return any(key.startswith(prefix) for prefix in self._ttls_s)

    def look(self, key: bytes) -> tuple[bool, bytes | None]:
        """(True, value) for an answer, which may be that there is no such key; else (False, None)."""
        if not self._on:
            self._outcomes["off"].inc()
            return False, None
        entry = self._entries.get(key)
        if entry is None or entry.until_s <= self._clock.monotonic():
            self._outcomes["miss"].inc()
            return False, None
        self._outcomes["hit"].inc()
        return True, entry.value

    def asking(self, key: bytes) -> _Question:
        """To be called before Redis is asked; `keep` wants what it returns."""
        token = _Question(self._clock.monotonic())
        if self._on and len(self._asked) < self._most:
            self._asked[key] = token
        return token

    def keep(self, key: bytes, value: bytes | None, token: _Question, left_s: float | None = None) -> None:
        """Keep Redis' answer, unless something was written to the key since `asking`. `left_s`: what Redis gave the key
        still to live, None for ever: Redis tells of a key that has run out only when it gets round to it."""
        if self._asked.get(key) is not token:
            return
        del self._asked[key]
        size = len(key) + len(value or b"") + _OVERHEAD
        if size > self._most_bytes // 8:
            return
        self._drop(key)
        ttl_s = max((len(prefix), ttl) for prefix, ttl in self._ttls_s.items() if key.startswith(prefix))[1]
        until_s = self._clock.monotonic() + ttl_s
        if left_s is not None:
            until_s = min(until_s, token.at_s + left_s)
        self._entries[key] = _Entry(value, until_s, size)
        self._bytes += size
        while len(self._entries) > self._most or self._bytes > self._most_bytes:
            self._drop(next(iter(self._entries)))
        self._show()

    def forget(self, keys: Iterable[bytes]) -> None:
        """Somebody wrote to these."""
        for key in keys:
            self._asked.pop(key, None)
            if self._drop(key):
                self._metrics.invalidated.inc()
        self._show()

    def on(self) -> None:
        """From now on every write will be told."""
        self.off()
        self._on = True

    def off(self) -> None:
        """Nothing is known any more."""
        self._on = False
        self._entries.clear()
        self._asked.clear()
        self._bytes = 0
        self._show()

    def _drop(self, key: bytes) -> bool:
        entry = self._entries.pop(key, None)
        self._bytes -= entry.size if entry is not None else 0
        return entry is not None

    def _show(self) -> None:
        self._metrics.cached_entries.set(len(self._entries))
        self._metrics.cached_bytes.set(self._bytes)
