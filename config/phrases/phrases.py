"""What every language's table holds."""

from __future__ import annotations

from dataclasses import dataclass

from calls.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """One language's. `policy` has the words that callcenter.yaml may replace; its numbers are every language's."""

    policy: Policy
