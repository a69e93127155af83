"""Consents, opt-outs, the audit and counters of one process: its memory. For a stack on one machine, and for tests."""

from __future__ import annotations

from collections.abc import Sequence

from calls.permits import Consent, Decision, OptOut
from ops.clock import Clock, SystemClock


class MemoryPermits:
    """Permits and Tallies. Never down; forgets all at its end."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._consents: dict[str, dict[tuple[str, float, str], Consent]] = {}
        self._withdrawn: dict[str, float] = {}
        self._opted_out: dict[str, OptOut] = {}
        self._decisions: list[Decision] = []
        self._tallies: dict[str, tuple[float, float]] = {}  # name -> (taken, monotonic time at which the window ends)

    async def consent(self, number: str, purpose: str, at: float) -> Consent | None:
        return next((each for each in await self.consents(number) if each.covers(purpose, at)), None)

    async def consents(self, number: str) -> Sequence[Consent]:
        ended = self._withdrawn.get(number, float("-inf"))
        given = self._consents.get(number, {}).values()
        return sorted((each for each in given if each.given_at > ended), key=lambda each: -each.given_at)

    async def agree(self, consents: Sequence[Consent]) -> None:
        for each in consents:
            given = self._consents.setdefault(each.number, {})
            known = given.setdefault((each.purpose, each.given_at, each.how), each)
            if each.expires_at is not None and (known.expires_at is None or each.expires_at < known.expires_at):
                given[(each.purpose, each.given_at, each.how)] = each

    async def withdraw(self, number: str) -> None:
        self._withdrawn[number] = self._clock.now()

    async def opted_out(self, number: str) -> OptOut | None:
        return self._opted_out.get(number)

    async def opt_out(self, out: OptOut) -> None:
        self._opted_out.setdefault(out.number, out)

    async def opt_in(self, number: str) -> None:
        self._opted_out.pop(number, None)

    async def decided(self, decision: Decision) -> None:
        self._decisions.append(decision)

    async def decisions(self, count: int = 100) -> Sequence[Decision]:
        return self._decisions[::-1][:count]

    async def take(self, name: str, amount: float, limit: float, window_s: float) -> bool:
        now = self._clock.monotonic()
        self._tallies = {each: row for each, row in self._tallies.items() if row[1] > now}
        taken, until = self._tallies.get(name, (0.0, now + window_s))
        if taken + amount > limit + 1e-9:
            return False
        if amount > 0:
            self._tallies[name] = (taken + amount, until)
        return True

    async def give_back(self, name: str, amount: float) -> None:
        if name in self._tallies:
            taken, until = self._tallies[name]
            self._tallies[name] = (max(0.0, taken - amount), until)
