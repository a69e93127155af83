"""Secrets that callcenter.yaml refers to and nobody can read."""

from __future__ import annotations

from collections.abc import Iterator

from sip.doctor.finding import Finding
from sip.doctor.seen import Seen


def check(seen: Seen) -> Iterator[Finding]:
    for problem in seen.secrets:
        yield Finding(
            f"{problem}.",
            "Nothing can be set up at the carrier, or calls out are refused for want of a login.",
            "set the variable or write the file where this command, and `apply`, run",
        )
