"""What an outbound call knows of the person it calls: the values a persona asks for, checked, and put into its words.

Values come from the operator's systems, which have them from people: they are data, and nothing in them is a rule.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

MAX_VALUE = 500  # characters of one value; a name, a date, a reason
UNKNOWN = "(not known)"

_PLACEHOLDER = re.compile(r"\{\{data\.([a-z][a-z0-9_]{0,39})\}\}")
_NOT_TEXT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Datum:
    """One value a persona asks for. `max_length` is in characters."""

    description: str
    required: bool = True
    max_length: int = 100


def checked(asked: Mapping[str, Datum], given: Mapping[str, object]) -> tuple[dict[str, str], list[str]]:
    """The values as they may be spoken, and what is wrong with them (names only, never a value).

    Control and format characters become spaces, runs of white space one space. A value that is empty then counts as
    not given.
    """
    problems = [f"{name!r:.50} is not asked for" for name in given if name not in asked]
    values: dict[str, str] = {}
    for name, datum in asked.items():
        value = given.get(name)
        if value is not None and not isinstance(value, str):
            problems.append(f"{name} must be text")
            continue
        text = plain(value or "")
        if len(text) > datum.max_length:
            problems.append(f"{name} is longer than {datum.max_length} characters")
        elif text:
            values[name] = text
        elif datum.required:
            problems.append(f"{name} is missing: {datum.description}")
    return values, problems


def plain(value: str) -> str:
    """On one line, without control characters and without what directs text (bidi marks, zero widths)."""
    return " ".join("".join(" " if unicodedata.category(c) in _NOT_TEXT else c for c in value).split())


def filled(text: str, data: Mapping[str, str]) -> str:
    """`text` with every {{data.name}} replaced, once: a value that looks like a placeholder stays as it is."""
    return _PLACEHOLDER.sub(lambda match: data.get(match[1], UNKNOWN), text)


def placeholders(asked: Mapping[str, Datum]) -> dict[str, str]:
    """For config.template.fill: each {{data.name}} stays in the words until there is a call to fill it."""
    return {f"data.{name}": f"{{{{data.{name}}}}}" for name in asked}
