"""The keys of a card's number as they are pressed, kept from everybody else."""

from __future__ import annotations

import asyncio

from agent.cards.number import LONGEST
from ops.deadline import DeadlineExceeded, deadline

_FIRST_S = 30.0  # to find the card
_NEXT_S = 10.0
END, CANCEL = "#", "*"


class Keys:
    """One number at a time: `pressed` takes every key from its making on."""

    def __init__(self) -> None:
        self._keys: asyncio.Queue[str] = asyncio.Queue()

    def __repr__(self) -> str:
        return "<Keys>"

    def pressed(self, key: str) -> None:
        if self._keys.qsize() <= 2 * LONGEST:
            self._keys.put_nowait(key)

    async def number(self) -> str | None:
        """What was typed up to "#", or to a pause once it can be a number. None: "*", or nothing came."""
        digits = ""
        while True:
            try:
                async with deadline(_NEXT_S if digits else _FIRST_S, "a key"):
                    key = await self._keys.get()
            except DeadlineExceeded:
                return digits or None
            if key == CANCEL:
                return None
            if key == END:
                if digits:
                    return digits
            elif len(digits) <= LONGEST:
                digits += key
