"""Who was asked once is not asked again, unless nobody can say what they answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent.recording.memory import Memory
from calls.permits import Consent
from tests.fakes.clock import FakeClock
from tests.fakes.permits import FakePermits
from tests.support.virtual_time import virtual_time

NUMBER = "+12025550199"


class Ledger:
    def __init__(self, number: str | None = NUMBER) -> None:
        self.clock = FakeClock()
        self.permits = FakePermits(self.clock)
        self.memory = Memory(self._open, lambda: number, "call-1", self.clock)

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[FakePermits]:
        yield self.permits


@virtual_time
async def test_the_newest_answer_counts() -> None:
    ledger = Ledger()
    assert await ledger.memory.answer() is None
    await ledger.memory.keep(yes=True)
    assert await ledger.memory.answer() is True
    ledger.clock.advance(60.0)
    await ledger.memory.keep(yes=False)
    assert await ledger.memory.answer() is False
    await ledger.permits.withdraw(NUMBER)
    assert await ledger.memory.answer() is None


@virtual_time
async def test_a_consent_to_be_called_is_none_to_be_recorded() -> None:
    """Not even one to anything: it was given for calls."""
    ledger = Ledger()
    await ledger.permits.agree([Consent(NUMBER, "*", "web form", ledger.clock.now())])
    assert await ledger.memory.answer() is None
    await ledger.memory.keep(yes=True)
    assert await ledger.permits.consent(NUMBER, "reminders", ledger.clock.now()) is not None
    await ledger.permits.withdraw(NUMBER)
    await ledger.memory.keep(yes=True)
    assert await ledger.permits.consent(NUMBER, "reminders", ledger.clock.now()) is None


@virtual_time
async def test_without_a_number_or_a_ledger_they_are_asked() -> None:
    nobody = Ledger(None)
    await nobody.memory.keep(yes=True)
    assert await nobody.memory.answer() is None
    ledger = Ledger()
    await ledger.memory.keep(yes=True)
    ledger.permits.is_down = True
    assert await ledger.memory.answer() is None
    await ledger.memory.keep(yes=False)
