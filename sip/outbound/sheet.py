"""Consents and opt-outs as people bring them: numbers, times and the rows of a CSV file, checked before any is kept."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

import phonenumbers

from calls.permits import Consent
from config.numbers import e164

COLUMNS = ("number", "purpose", "how", "given_at")
MORE = ("expires_at", "who")
_LONGEST = 200
_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """`problems` name lines, never what is on them. With any, nothing of the file may be kept."""

    consents: list[Consent] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def number_of(text: str) -> str:
    """In E.164, the one way in which it is dialled, however it is written. Raises ValueError, without the number."""
    plain = e164(text.strip())
    try:
        if plain is not None and phonenumbers.is_possible_number(phonenumbers.parse(plain)):
            return plain
    except phonenumbers.NumberParseException:
        pass
    raise ValueError("not a number with its country code, such as +12025550143")


def time_of(text: str) -> float:
    """UTC epoch seconds of an ISO 8601 date (its beginning) or date and time; UTC where it names no zone.

    Raises ValueError.
    """
    try:
        if len(text) == len("2026-05-14"):
            at = datetime.combine(date.fromisoformat(text), time(), UTC)
        else:
            at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError('not a time, such as "2026-05-14T09:30:00Z" or "2026-05-14"') from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def read(lines: Iterable[str], now: float) -> Sheet:
    """The consents of a CSV file with a first line of names: COLUMNS, and those of MORE that there are."""
    rows = csv.DictReader(lines, strict=True)
    sheet = Sheet()
    try:
        names = {name.strip().lower() for name in rows.fieldnames or ()}
        missing = [name for name in COLUMNS if name not in names]
        unknown = sorted(names - {*COLUMNS, *MORE})
        if missing or unknown:
            sheet.problems.append(
                f"line 1: these columns are needed: {', '.join(COLUMNS)}; and may be: {', '.join(MORE)}"
            )
            return sheet
        rows.fieldnames = [name.strip().lower() for name in rows.fieldnames or ()]
        for row in rows:
            if len(sheet.problems) >= _MOST_PROBLEMS:
                sheet.problems.append("... and perhaps more")
                break
            try:
                sheet.consents.append(consent_of(row, now))
            except ValueError as error:
                sheet.problems.append(f"line {rows.line_num}: {error}")
    except csv.Error as error:
        sheet.problems.append(f"line {rows.line_num}: not CSV ({error})")
    return sheet


def consent_of(row: Mapping[str, str | None], now: float) -> Consent:
    """Raises ValueError, naming the column."""
    values = {name: (value or "").strip() for name, value in row.items() if isinstance(value, str | None)}
    if None in row or any(len(value) > _LONGEST for value in values.values()):
        raise ValueError("too many or too long values")
    for name in COLUMNS:
        if not values.get(name):
            raise ValueError(f"{name} is missing")
    given_at = _column(values, "given_at")
    if given_at > now:
        raise ValueError("given_at: consent that was not given yet")
    expires_at = _column(values, "expires_at") if values.get("expires_at") else None
    if expires_at is not None and expires_at <= given_at:
        raise ValueError("expires_at: before it was given")
    try:
        number = number_of(values["number"])
    except ValueError as error:
        raise ValueError(f"number: {error}") from None
    return Consent(number, values["purpose"], values["how"], given_at, expires_at, values.get("who", ""))


def _column(values: Mapping[str, str], name: str) -> float:
    try:
        return time_of(values[name])
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
