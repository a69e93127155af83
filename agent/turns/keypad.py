"""Digits the caller presses: collected until a pause, then put to the agent as one message of the caller."""

from __future__ import annotations

from collections.abc import Callable

from ops.clock import Clock
from ops.tasks import TaskSet

PAUSE_S = 1.5  # between keys of one number, people pause up to a second
ASKED_PAUSE_S = 6.0  # who was asked for a number reads it off a card
MOST_DIGITS = 32


class Keypad:
    """`entered` gets the digits (0-9 * #) once PAUSE_S passed without a key, or at "#", which ends an entry; those that
    were asked for, when they are complete."""

    def __init__(self, clock: Clock, tasks: TaskSet, entered: Callable[[str], None]) -> None:
        self._clock, self._tasks, self._entered = clock, tasks, entered
        self._digits = ""
        self._generation = 0
        self._expected: int | None = None
        self._complete_at: float | None = None  # a number had all its digits: "#" now is its end, and no entry

    def expect(self, count: int) -> None:
        """A number of `count` digits was asked for; 0: of any length, ended by "#". What was typed before counts."""
        self._expected = count
        if count and len(self._digits) >= count:
            self._complete()

    def pressed(self, digit: str) -> None:
        if self._ends_what_is_complete(digit):
            return
        self._generation += 1
        if len(self._digits) < MOST_DIGITS:
            self._digits += digit
        if self._expected and digit != "#" and len(self._digits) >= self._expected:
            self._complete()
        elif digit == "#":
            self._hand_over()
        else:
            self._tasks.spawn(self._wait(self._generation), name="keypad")

    def _ends_what_is_complete(self, digit: str) -> bool:
        """Once: people end a number with "#" though they were not asked to."""
        at, self._complete_at = self._complete_at, None
        return digit == "#" and at is not None and self._clock.monotonic() - at <= PAUSE_S

    async def _wait(self, generation: int) -> None:
        await self._clock.sleep(PAUSE_S if self._expected is None else ASKED_PAUSE_S)
        if generation == self._generation:
            self._hand_over()

    def _complete(self) -> None:
        self._complete_at = self._clock.monotonic()
        self._hand_over()

    def _hand_over(self) -> None:
        digits, self._digits, self._expected = self._digits, "", None
        if digits:
            self._entered(digits)
