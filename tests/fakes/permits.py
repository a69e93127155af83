"""Permits and Tallies with a script: all down, or only the audit, which then cannot be written; or slow to count."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from calls.permits import Consent, Decision, OptOut
from calls.ports import StoreDown
from calls.stores.memory_permits import MemoryPermits
from ops.clock import Clock


class FakePermits(MemoryPermits):
    """`reasons` are the decisions of the audit, oldest first. `down_to` names methods that are down. `take` hangs for
    `hangs_s`."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.is_down = False
        self.down_to: set[str] = set()
        self.hangs_s = 0.0

    @property
    def reasons(self) -> list[str]:
        return [decision.reason for decision in self._decisions]

    async def consent(self, number: str, purpose: str, at: float) -> Consent | None:
        self._asked("consent")
        return await super().consent(number, purpose, at)

    async def consents(self, number: str) -> Sequence[Consent]:
        self._asked("consents")
        return await super().consents(number)

    async def agree(self, consents: Sequence[Consent]) -> None:
        self._asked("agree")
        await super().agree(consents)

    async def opted_out(self, number: str) -> OptOut | None:
        self._asked("opted_out")
        return await super().opted_out(number)

    async def decided(self, decision: Decision) -> None:
        self._asked("decided")
        await super().decided(decision)

    async def decisions(self, count: int = 100) -> Sequence[Decision]:
        self._asked("decisions")
        return await super().decisions(count)

    async def take(self, name: str, amount: float, limit: float, window_s: float) -> bool:
        self._asked("take")
        if self.hangs_s:
            await asyncio.sleep(self.hangs_s)
        return await super().take(name, amount, limit, window_s)

    async def give_back(self, name: str, amount: float) -> None:
        self._asked("give_back")
        await super().give_back(name, amount)

    def _asked(self, method: str) -> None:
        if self.is_down or method in self.down_to:
            raise StoreDown("the script says so")
