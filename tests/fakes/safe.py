"""A card safe in memory, with a script."""

from __future__ import annotations

from agent.cards.number import CardNumber
from agent.cards.safe import SafeDown


class FakeSafe:
    """`kept`: call ids with the digits that came. `takes` False: it refuses every card."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str]] = []
        self.takes = True
        self.is_down = False

    async def keep(self, call_id: str, number: CardNumber) -> bool:
        if self.is_down:
            raise SafeDown("the script says so")
        if self.takes:
            self.kept.append((call_id, number.digits))
        return self.takes
