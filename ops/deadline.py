"""The only way to call out: every await on the outside has a deadline with a name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class DeadlineExceeded(TimeoutError):
    """`what` took longer than `seconds`. A TimeoutError of a library inside the block stays what it is."""

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(f"{what}: no answer within {seconds:g} s")
        self.what, self.seconds = what, seconds


@asynccontextmanager
async def deadline(seconds: float, what: str) -> AsyncIterator[None]:
    """Cancel the block after `seconds` and raise DeadlineExceeded. `what` names who was asked: "tts", "riva"."""
    timeout = asyncio.timeout(seconds)
    try:
        async with timeout:
            yield
    except TimeoutError as error:
        if isinstance(error, DeadlineExceeded) or not timeout.expired():
            raise
        raise DeadlineExceeded(what, seconds) from error
