"""Somebody picks up, says hello and waits to hear who it is."""

from __future__ import annotations

from dataclasses import dataclass

from local.caller.callee_leg import CalleeLeg
from ops.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class Human:
    """Answers after `rings_s`. `hello` is what a person says at first: short, and then silence."""

    hello: str = "Hello?"
    rings_s: float = 1.0
    pause_s: float = 0.4  # from the answer to the first word: the handset has to reach the ear

    async def take(self, leg: CalleeLeg, clock: Clock | None = None) -> None:
        clock = clock or SystemClock()
        await clock.sleep(self.rings_s)
        await leg.answer()
        await clock.sleep(self.pause_s)
        await leg.say(self.hello)

    def trouble(self, _: CalleeLeg) -> str | None:
        return None
