"""Asked before a call is taken on, and again before it is dialled. One no is enough, and so is a store that is down.

Each decision is in the audit before anything is dialled: what cannot be written down is not done.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import NoReturn

from calls.outbound import OutboundCall, OutboundCalls
from calls.permits import Consent, Decision, Ledgers, Permits, Tallies
from calls.ports import StoreDown
from config.model import CallCenter
from config.telephony import Outbound
from ops.clock import Clock
from sip.outbound.hours import check_hours
from sip.outbound.limits import HOUR_S, VELOCITY, of_call, price, spend
from sip.outbound.numbers import check_number
from sip.outbound.reasons import NotYet, Refused
from sip.outbound.talks import Talks

STALE_S = 2 * HOUR_S
"""A call that could not be dialled for so long after it was due is not dialled any more. Two windows of
`calls_per_hour`: a burst of orders has the next one too."""
_AGENT_S = 10.0  # for the agent to come, before it rings
_ENGAGED_MORE_S = 120.0  # beyond ringing and talk: for the agent to come, and for the end to be seen


class Guard:
    """All of it raises StoreDown, which is a no. Whoever is refused is written down as refused."""

    def __init__(
        self, call_center: CallCenter, ledgers: Ledgers, calls: OutboundCalls, talks: Talks, clock: Clock
    ) -> None:
        self._lines = call_center.lines
        self._own = frozenset(number for line in call_center.lines.values() for number in line.numbers)
        self._permits: Permits = ledgers
        self._tallies: Tallies = ledgers
        self._calls, self._talks, self._clock = calls, talks, clock

    async def check(self, call: OutboundCall) -> None:
        """May it be taken on? Nothing is counted yet. Raises Refused."""
        now = self._clock.now()
        try:
            await self._facts(call, max(now, call.due_at))
            if call.due_at <= now:
                await self._free(call)
                await self._room_left(call, self._outbound(call))
        except Refused as refused:
            await self._decided(call, refused.reason)
            raise

    async def admit(self, call: OutboundCall) -> None:
        """May it be dialled now? It counts from here on, and has its number to itself. Raises Refused, and NotYet where
        it has to wait for the line's other calls: no decision, so it is written nowhere.

        What was admitted and not dialled is `undone`, what was dialled is `settled` at its end; both are then `freed`.
        """
        try:
            if self._clock.now() > call.due_at + STALE_S:
                raise Refused("expired")
            facts = await self._facts(call, self._clock.now())
            await self._free(call)
            await self._take(call, self._outbound(call))
        except Refused as refused:
            await self._decided(call, refused.reason)
            raise
        try:
            await self._decided(call, "allowed", facts)
        except StoreDown:
            with contextlib.suppress(StoreDown):  # then what was taken is missing until its window ends: the safe side
                await self.undone(call)
                await self.freed(call)
            raise

    async def refuse(self, call: OutboundCall, reason: str) -> NoReturn:
        """By a rule that somebody else knows of; written down as ours are. Raises Refused."""
        await self._decided(call, reason)
        raise Refused(reason)

    async def check_opt_out(self, call: OutboundCall) -> None:
        """At the last moment before it is dialled: did they say no meanwhile? Raises Refused."""
        if await self._permits.opted_out(call.number) is not None:
            await self.refuse(call, "optout")

    async def undone(self, call: OutboundCall) -> None:
        """Nothing was dialled: to the counters it is as if it had not been admitted."""
        line = self._lines.get(call.line)
        if line is not None and line.telephony.outbound is not None:
            for _, name, amount, _, _ in of_call(call, line.telephony.outbound):
                await self._tallies.give_back(name, amount)

    async def settled(self, call: OutboundCall, talked_s: float) -> None:
        """It is over: what it cost less than it might have is free again. Begun minutes count."""
        line = self._lines.get(call.line)
        if line is not None and line.telephony.outbound is not None:
            outbound = line.telephony.outbound
            rest = price(outbound, call.max_duration_s) - price(outbound, talked_s)
            if rest > 0:
                await self._tallies.give_back(spend(call.line, call.due_at), rest)

    async def freed(self, call: OutboundCall) -> None:
        """Its number may be called again."""
        await self._calls.release(call.number, call.call_id)

    async def _facts(self, call: OutboundCall, at: float) -> dict[str, str]:
        outbound = self._outbound(call)
        number = check_number(call.number, outbound, self._own)
        if await self._permits.opted_out(call.number) is not None:
            raise Refused("optout")
        purpose = call.purpose or call.line
        agreed = "not needed: a transactional line"
        if not outbound.transactional:
            consent = await self._permits.consent(call.number, purpose, at)
            if consent is None:
                raise Refused("consent")
            agreed = _told(consent)
        local_time = check_hours(number, outbound.hours, at)
        check_hours(number, outbound.hours, at + _AGENT_S + outbound.ringing_s)  # still when they pick up at the latest
        return {"local_time": local_time, "consent": agreed, "purpose": purpose}

    async def _free(self, call: OutboundCall) -> None:
        if await self._talks.has(call.number):
            raise Refused("engaged")

    async def _room_left(self, call: OutboundCall, outbound: Outbound) -> None:
        for reason, name, amount, limit, window_s in of_call(call, outbound):
            if not await self._tallies.take(name, 0.0, limit - amount, window_s):
                raise Refused(reason)

    async def _take(self, call: OutboundCall, outbound: Outbound) -> None:
        ttl_s = outbound.ringing_s + call.max_duration_s + _ENGAGED_MORE_S
        if not await self._calls.engage(call.number, call.call_id, ttl_s):
            raise Refused("engaged")
        taken: list[tuple[str, float]] = []
        for reason, name, amount, limit, window_s in of_call(call, outbound):
            if not await self._tallies.take(name, amount, limit, window_s):
                for each, back in taken:
                    await self._tallies.give_back(each, back)
                await self._calls.release(call.number, call.call_id)
                raise NotYet if reason == VELOCITY else Refused(reason)
            taken.append((name, amount))

    def _outbound(self, call: OutboundCall) -> Outbound:
        line = self._lines.get(call.line)
        if line is None or line.telephony.outbound is None:
            raise Refused("line")
        return line.telephony.outbound

    async def _decided(self, call: OutboundCall, reason: str, facts: dict[str, str] | None = None) -> None:
        allowed = reason == "allowed"
        at = self._clock.now()
        await self._permits.decided(
            Decision(at, call.call_id, call.line, call.number[:64], allowed, reason, facts or {})
        )


def _told(consent: Consent) -> str:
    return f"{datetime.fromtimestamp(consent.given_at, UTC):%Y-%m-%d} {consent.how}"
