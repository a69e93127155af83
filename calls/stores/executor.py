"""How a store of Redis keys reaches its Redis: directly (redis.py) or through the gateway (http.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Command = Sequence[str | bytes | int]
Reply = Any
"""bytes or str, int, None, a list of replies as RESP2 has them, or an ErrorReply."""


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """Redis was asked and refused. `code` is the error's first word ("NOSCRIPT", "OOM"): the rest may quote data."""

    code: str


class Executor(Protocol):
    async def run(self, commands: Sequence[Command]) -> list[Reply]:
        """The replies, one for each command, in one round trip. Raises StoreDown and nothing else, within its deadline.

        Others' commands may come in between: what belongs together is one script.
        """
        ...

    async def ready(self) -> bool:
        """Does Redis answer right now? Never raises."""
        ...

    async def aclose(self) -> None: ...
