"""Consents, opt-outs, the audit and counters as keys of one Redis (or Upstash), beside those of keyspace.py.

    <prefix>:consent:<number>     hash: each consent by what it says; a withdrawal leaves them and sets
    <prefix>:withdrawn:<number>   the time: consents given until then have ended, also those imported again later
    <prefix>:optout:<number>      who wants no calls, since when
    <prefix>:decisions            stream, field d: each decision to dial or not
    <prefix>:tally:<name>         what was taken in the current window, for as long as that lasts

Only the tallies run out. Nothing here is ever trimmed or deleted by the house: how long an audit must be kept is the
operator's to know, who trims the stream with XTRIM ... MINID. Numbers and names stand in keys as calls.stores.hashed
has them; the audit's entries hold the number itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from calls.permits import Consent, Decision, OptOut
from calls.ports import StoreDown
from calls.stores import permit_codec as codec
from calls.stores.codec import Unreadable
from calls.stores.executor import Executor
from calls.stores.hashed import hashed
from calls.stores.scripts import checked, script
from ops import logging

_log = logging.get("calls.stores.permits")


class PermitKeys:
    """Permits and Tallies. The executor is shared: whoever made it closes it."""

    def __init__(self, executor: Executor, *, prefix: str = "switchboard") -> None:
        self._executor, self._prefix = executor, prefix

    async def consent(self, number: str, purpose: str, at: float) -> Consent | None:
        return next((each for each in await self.consents(number) if each.covers(purpose, at)), None)

    async def consents(self, number: str) -> Sequence[Consent]:
        commands = [("HGETALL", self._of("consent", number)), ("GET", self._of("withdrawn", number))]
        found, withdrawn = map(checked, await self._executor.run(commands))
        ended = _seconds(withdrawn)
        consents = []
        for text in found[1::2]:
            try:
                consents.append(codec.consent_of(number, text))
            except Unreadable:
                _log.warning("a consent cannot be read", count=1)
        return sorted((each for each in consents if each.given_at > ended), key=lambda each: -each.given_at)

    async def agree(self, consents: Sequence[Consent]) -> None:
        by_number: dict[str, list[str]] = defaultdict(list)
        for consent in consents:
            by_number[consent.number] += [codec.consent_field(consent), codec.consent_text(consent)]
        for number, parts in by_number.items():
            await script("agree").call(self._executor, [self._of("consent", number)], *parts)

    async def withdraw(self, number: str) -> None:
        await script("withdraw").call(self._executor, [self._of("withdrawn", number)])

    async def opted_out(self, number: str) -> OptOut | None:
        (text,) = await self._executor.run([("GET", self._of("optout", number))])
        return None if checked(text) is None else codec.opt_out_of(number, text)

    async def opt_out(self, out: OptOut) -> None:
        (reply,) = await self._executor.run([("SETNX", self._of("optout", out.number), codec.opt_out_text(out))])
        checked(reply)

    async def opt_in(self, number: str) -> None:
        (reply,) = await self._executor.run([("DEL", self._of("optout", number))])
        checked(reply)

    async def decided(self, decision: Decision) -> None:
        (reply,) = await self._executor.run([("XADD", self._key("decisions"), "*", "d", codec.decision_text(decision))])
        checked(reply)

    async def decisions(self, count: int = 100) -> Sequence[Decision]:
        (entries,) = await self._executor.run([("XREVRANGE", self._key("decisions"), "+", "-", "COUNT", count)])
        found = []
        for entry in checked(entries):
            try:
                found.append(codec.decision_of(entry[1][1]))
            except Unreadable:
                _log.warning("a decision cannot be read", count=1)
        return found

    async def take(self, name: str, amount: float, limit: float, window_s: float) -> bool:
        taken = await script("tally_take").call(
            self._executor, [self._of("tally", name)], f"{amount:.6f}", f"{limit:.6f}", round(window_s * 1000)
        )
        return int(taken) == 1

    async def give_back(self, name: str, amount: float) -> None:
        await script("tally_back").call(self._executor, [self._of("tally", name)], f"{amount:.6f}")

    def _of(self, kind: str, text: str) -> str:
        return self._key(f"{kind}:{hashed(self._prefix, text)}")

    def _key(self, name: str) -> str:
        return f"{self._prefix}:{name}"


def _seconds(text: str | bytes | None) -> float:
    """When it was withdrawn; -inf: never. Raises StoreDown where that cannot be read: nobody may be called by it."""
    if text is None:
        return float("-inf")
    try:
        return float(text)
    except ValueError:
        raise StoreDown("a withdrawal cannot be read") from None
