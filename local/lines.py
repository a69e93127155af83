"""The numbers of config/callcenter.yaml, which a caller on this machine may ring.

Read here as plain YAML: local/ never imports the product, which checks its own configuration.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml


class BadLinesError(Exception):
    """The configuration has no lines that can be read; the message names the file."""


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """A line with numbers."""

    name: str
    numbers: tuple[str, ...]


def read(config: Path) -> tuple[PhoneLine, ...]:
    """The lines that have numbers, in the file's order. BadLinesError when they can't be read."""
    try:
        found = yaml.load(config.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - plain text only: +1555 stays a number to dial
        lines = found["lines"]
        named = lines.items() if isinstance(lines, dict) else ((line["name"], line) for line in lines)
        phone = tuple(
            PhoneLine(str(name), tuple(str(number) for number in line["numbers"]))
            for name, line in named
            if line.get("numbers")
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise BadLinesError(f"{config}: no lines can be read from it ({type(error).__name__}: {error})") from error
    return phone


def numbers(lines: Iterable[PhoneLine]) -> tuple[str, ...]:
    """Every number of the lines, in order."""
    return tuple(number for line in lines for number in line.numbers)
