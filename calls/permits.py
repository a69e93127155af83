"""May this number be called, and how often: who agreed, who wants no calls, what was decided. Ports, as calls.ports.

Numbers are E.164 throughout, checked by whoever calls these. All methods raise calls.ports.StoreDown; whoever asks
whether something may be done takes that for a no.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Consent:
    """Somebody agreed to be called. Times are UTC epoch seconds; `expires_at` None: until they say otherwise."""

    number: str
    purpose: str  # what for, as the campaign or line names it; "*": anything
    how: str  # web form, signed letter, in a call ...: words for an auditor
    given_at: float
    expires_at: float | None = None
    who: str = ""  # the person, as the operator knows them

    def covers(self, purpose: str, at: float) -> bool:
        valid = self.given_at <= at and (self.expires_at is None or at < self.expires_at)
        return valid and self.purpose in ("*", purpose)


@dataclass(frozen=True, slots=True)
class OptOut:
    """Somebody wants no more calls, from any line. `how`: voice, key, operator, list."""

    number: str
    at: float
    how: str
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision to dial or not, for an audit that is only added to. `reason`: a word, "allowed" or why not."""

    at: float
    call_id: str
    line: str
    number: str
    allowed: bool
    reason: str
    facts: Mapping[str, str] = field(default_factory=dict)  # local time, consent's date ...: what it was decided by


class Permits(Protocol):
    """The consent ledger, the do-not-call list, and the audit. A later consent by the person themself lifts an opt-out
    only through `opt_in`, never by an import."""

    async def consent(self, number: str, purpose: str, at: float) -> Consent | None:
        """One that covers `purpose` at `at`, or None."""
        ...

    async def consents(self, number: str) -> Sequence[Consent]:
        """All that were not withdrawn, expired ones too, the newest first."""
        ...

    async def agree(self, consents: Sequence[Consent]) -> None:
        """Told again, the same consent (purpose, time, how) is one, and of two ends the earlier one holds."""
        ...

    async def withdraw(self, number: str) -> None:
        """Every consent of this number that was given until now ends now, also where one is imported again later."""
        ...

    async def opted_out(self, number: str) -> OptOut | None: ...

    async def opt_out(self, out: OptOut) -> None:
        """At once, for every line. Said again it changes nothing: the first time stands."""
        ...

    async def opt_in(self, number: str) -> None: ...

    async def decided(self, decision: Decision) -> None: ...

    async def decisions(self, count: int = 100) -> Sequence[Decision]:
        """The newest, newest first."""
        ...


class Tallies(Protocol):
    """Counters that every process shares. `name` is ours, never a caller's text: letters, digits, ".:_+-"."""

    async def take(self, name: str, amount: float, limit: float, window_s: float) -> bool:
        """Add `amount` to what was taken under `name` in the current window, unless that would exceed `limit`: False,
        and nothing is added. The first of a window begins it, by the store's clock. An amount of 0 only asks."""
        ...

    async def give_back(self, name: str, amount: float) -> None:
        """Of what was taken in the current window: a call that was shorter than its cap. Never below 0."""
        ...


class Ledgers(Permits, Tallies, Protocol):
    """Both, over one connection."""
