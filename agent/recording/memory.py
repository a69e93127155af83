"""What somebody answered when they were asked whether their call may be recorded: kept with the other consents, by
their number. A carrier's number proves nobody's identity: who is recorded for another's yes is told of it all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from calls.permits import Consent, Permits
from calls.ports import StoreDown
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline

_log = logging.get(__name__)

YES, NO = "recording", "no-recording"
"""Purposes in the ledger: of the two the newer one counts."""

_ASK_S = 1.0  # while the greeting's first sentence is said
_KEEP_S = 3.0


class Memory:
    """Of one call's other side. `number` is asked when it is needed: E.164, or None where it is not known."""

    def __init__(
        self,
        permits: Callable[[], AbstractAsyncContextManager[Permits]],
        number: Callable[[], str | None],
        call_id: str,
        clock: Clock,
    ) -> None:
        self._permits, self._number, self._call_id, self._clock = permits, number, call_id, clock

    async def answer(self) -> bool | None:
        """None: never asked, withheld, or nobody can say in time."""
        if (number := self._number()) is None:
            return None
        try:
            async with deadline(_ASK_S, "recording consent"), self._permits() as permits:
                known = await permits.consents(number)
        except (StoreDown, DeadlineExceeded) as error:
            _log.warning("consents cannot be read", error_type=type(error).__name__)
            return None
        now = self._clock.now()
        valid = [each for each in known if each.purpose in (YES, NO) and each.covers(each.purpose, now)]
        return max(valid, key=lambda each: each.given_at).purpose == YES if valid else None

    async def keep(self, *, yes: bool) -> None:
        if (number := self._number()) is None:
            return
        said = Consent(number, YES if yes else NO, f"asked in call {self._call_id}", self._clock.now())
        try:
            async with deadline(_KEEP_S, "recording consent"), self._permits() as permits:
                await permits.agree([said])
        except (StoreDown, DeadlineExceeded) as error:
            _log.warning("a consent is not remembered", error_type=type(error).__name__)
