"""A lock with a name, as a key of the store that runs out: `<prefix>:lock:<name>`, whose value says whose it is."""

from __future__ import annotations

import secrets

from calls.stores.executor import Executor
from calls.stores.scripts import script


class StoreLock:
    """One contender for the lock. The executor is shared: whoever made it closes it.

    It is a hint who should act, not a proof: a holder that was stopped for longer than its `ttl_s` may believe itself
    in possession for a moment after another took it.
    """

    def __init__(self, executor: Executor, name: str, *, prefix: str = "switchboard") -> None:
        self._executor, self._key = executor, f"{prefix}:lock:{name}"
        self._token = secrets.token_hex(16)

    async def take(self, ttl_s: float) -> bool:
        """Take it, or keep it if it is ours, for `ttl_s` from now. False: another has it. Raises StoreDown."""
        taken = await script("lock_take").call(self._executor, [self._key], self._token, round(ttl_s * 1000))
        return int(taken) == 1

    async def release(self) -> None:
        """Give it back; nothing happens where it is not ours. Raises StoreDown."""
        await script("lock_release").call(self._executor, [self._key], self._token)
