"""What is wrong with the configuration, all at once: file, line, key, what is wrong and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """`line` counts from 1; 0: the file itself is the problem. `key` is the path in the file ("lines.clinic.voice")."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.key}: {self.message}" if self.key else f"{where}: {self.message}"


class ConfigError(Exception):
    """The configuration cannot be used. `problems` is never empty and is sorted by file and line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems: list[Problem] = sorted(set(problems))
        count = len(self.problems)
        head = "1 mistake" if count == 1 else f"{count} mistakes"
        listed = "\n".join(f"{i}. {problem}" for i, problem in enumerate(self.problems, 1))
        super().__init__(f"The configuration has {head}:\n{listed}")


def did_you_mean(given: str, known: Iterable[str], *, noun: str = "Known") -> str:
    """The second half of an "unknown ..." message: the nearest of `known`, or the list of them."""
    names = sorted(known)
    if not names:
        return f"{noun}: none."
    near = difflib.get_close_matches(given, names, n=1, cutoff=0.6)
    if near:
        return f'Did you mean "{near[0]}"?'
    return f"{noun}: {', '.join(names)}."


def shown(value: object) -> str:
    """A value as a message shows it: short, on one line, as it would be written in the file."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    else:
        text = f'"{value}"' if isinstance(value, str) else repr(value)
    text = " ".join(text[:200].split())
    return text if len(text) <= 60 else text[:57] + "..."
