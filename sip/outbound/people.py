"""Asked before a person whom a caller is put through to is dialled: how often may a line do that, and for how much?

Whom is the operator's own list to say, so it needs no consent and knows no hours. What a caller can talk a model into
is the rest: again and again. So these count where the line's own calls count, and stand in the same audit.

A caller waits for it: a store that does not answer within a second refuses nobody. It is then only in the log, and in
the call's record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from calls.permits import Decision, Ledgers
from calls.ports import StoreDown
from config.model import Line
from config.telephony import Outbound, Target
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from sip.outbound.limits import Limit, of_line, price, spend

_log = logging.get("sip.outbound.people")

LONGEST_S = 3300.0
"""Of a person and a caller together: as the trunks' own limit; livekit-sip's is a day."""
_ASK_S = 1.0
_UNSAID = Outbound(caller_id="")  # what holds on a line that says nothing of calls it makes: no cap, the usual velocity


@dataclass(frozen=True, slots=True)
class Leave:
    """To dial a person at `at` (UTC epoch seconds). `refused` is "" or a key of sip.outbound.reasons.SENTENCES.
    `checked` False: the store did not answer, so nothing of it is written down there, or counted for sure."""

    at: float
    refused: str = ""
    checked: bool = True


class PeopleGuard:
    """Of one call. Never raises."""

    def __init__(
        self, line: Line, call_id: str, ledgers: Callable[[], AbstractAsyncContextManager[Ledgers]], clock: Clock
    ) -> None:
        self._line, self._call_id, self._ledgers, self._clock = line, call_id, ledgers, clock

    @property
    def _outbound(self) -> Outbound:
        return self._line.telephony.outbound or _UNSAID

    async def ask(self, target: Target) -> Leave:
        """May they be dialled now? It counts from here on, at its longest; `settled` says how long it was."""
        at, refused = self._clock.now(), ""
        try:
            async with deadline(_ASK_S, "limits"), self._ledgers() as ledgers:
                refused = await _taken(ledgers, of_line(self._line.name, self._outbound, at, LONGEST_S))
                facts = {"put_through": target.name, "how": "hand-off" if target.warm else "transfer"}
                await ledgers.decided(
                    Decision(
                        at, self._call_id, self._line.name, target.number, not refused, refused or "allowed", facts
                    )
                )
        except (StoreDown, DeadlineExceeded) as error:
            _log.error("a decision to dial is not in the audit", target=target.name, error_type=type(error).__name__)
            return Leave(at, refused, checked=False)
        return Leave(at, refused)

    async def settled(self, leave: Leave, *, talked: bool) -> None:
        """It is over, now: what it cost less than it might have is free again. `talked` False: nobody took the call."""
        rest = price(self._outbound, LONGEST_S) - (price(self._outbound, self._clock.now() - leave.at) if talked else 0)
        if leave.refused or not leave.checked or not self._outbound.spend_per_day or rest <= 0:
            return
        try:
            async with deadline(_ASK_S, "limits"), self._ledgers() as ledgers:
                await ledgers.give_back(spend(self._line.name, leave.at), rest)
        except (StoreDown, DeadlineExceeded) as error:
            # What is not given back stays spent until its window ends: the safe side.
            _log.warning("a person's call was not settled", error_type=type(error).__name__)


async def _taken(ledgers: Ledgers, limits: Sequence[Limit]) -> str:
    """Why not; "": all of it is taken."""
    for index, limit in enumerate(limits):
        if not await ledgers.take(limit.tally, limit.amount, limit.most, limit.window_s):
            for each in limits[:index]:
                await ledgers.give_back(each.tally, each.amount)
            return limit.reason
    return ""
