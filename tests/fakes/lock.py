"""The lock for which control's replicas contend, on the clock of the test."""

from __future__ import annotations

from calls.ports import StoreDown
from ops.clock import Clock


class FakeLock:
    """One lock for any number of contenders, each a `FakeLock.contender()`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.owner: object | None = None
        self.until = 0.0
        self.is_down = False
        self.frozen: object | None = None  # this one's releases never arrive: it was killed

    def contender(self) -> Contender:
        return Contender(self)

    def take(self, who: object, ttl_s: float) -> bool:
        now = self._clock.monotonic()
        if self.is_down:
            raise StoreDown("the script says so")
        if self.owner not in (None, who) and now < self.until:
            return False
        self.owner, self.until = who, now + ttl_s
        return True

    def release(self, who: object) -> None:
        if self.is_down:
            raise StoreDown("the script says so")
        if self.owner is who and who is not self.frozen:
            self.owner = None


class Contender:
    def __init__(self, lock: FakeLock) -> None:
        self._lock = lock

    async def take(self, ttl_s: float) -> bool:
        return self._lock.take(self, ttl_s)

    async def release(self) -> None:
        self._lock.release(self)
