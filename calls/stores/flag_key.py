"""The flags as one key of the store, `<prefix>:flags`: JSON, as calls/flags.py writes it."""

from __future__ import annotations

from calls.flags import KEY, Flags, decode, encode
from calls.stores.executor import Executor
from calls.stores.scripts import checked


class FlagKey:
    """A FlagKeeper over any way to the keys. Owns its executor."""

    def __init__(self, executor: Executor, *, prefix: str = "switchboard") -> None:
        self._executor, self._key = executor, f"{prefix}:{KEY}"

    async def read(self) -> Flags:
        (text,) = await self._executor.run([("GET", self._key)])
        return decode(checked(text))

    async def write(self, flags: Flags) -> None:
        (reply,) = await self._executor.run([("SET", self._key, encode(flags))])
        checked(reply)

    async def aclose(self) -> None:
        await self._executor.aclose()
