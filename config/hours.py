"""Opening hours: what is written ("08:30-12:30") as values, and as the text a prompt holds."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\s*-\s*([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `opens` to `closes` on the practice's own clock; `closes` is later than `opens`, the same day."""

    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


def parse_span(text: str) -> Span:
    """ "08:30-12:30" -> Span. Raises ValueError with words for the person who wrote it."""
    match = _SPAN.fullmatch(text.strip())
    if not match:
        raise ValueError('write opening hours as "08:30-12:30" (24 hours, both with minutes)')
    h1, m1, h2, m2 = (int(part) for part in match.groups())
    span = Span(time(h1, m1), time(h2, m2))
    if span.opens >= span.closes:
        raise ValueError(f"{span} closes before it opens; a night's hours go on two days")
    return span


def parse_day(spans: Sequence[str]) -> tuple[Span, ...]:
    """A day's spans in order. Raises ValueError on overlap or a malformed one."""
    parsed = sorted(parse_span(span) for span in spans)
    for before, after in itertools.pairwise(parsed):
        if after.opens < before.closes:
            raise ValueError(f"{before} and {after} overlap")
    return tuple(parsed)


def week_text(hours: Mapping[int, tuple[Span, ...]]) -> str:
    """The week as a prompt holds it: "Monday to Friday 08:30-12:30 and 13:30-18:00; Saturday and Sunday closed"."""
    runs: list[tuple[int, int, tuple[Span, ...]]] = []
    for day in range(7):
        spans = hours.get(day, ())
        if runs and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], day, spans)
        else:
            runs.append((day, day, spans))
    parts = []
    for first, last, spans in runs:
        joiner = " and " if last == first + 1 else " to "
        days = DAYS[first].title() if first == last else f"{DAYS[first].title()}{joiner}{DAYS[last].title()}"
        parts.append(f"{days} {' and '.join(map(str, spans)) if spans else 'closed'}")
    return "; ".join(parts)
