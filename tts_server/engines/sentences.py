"""Cuts text for an engine that gives its audio only once it has read all of it."""

from __future__ import annotations

import re

_ENDS = re.compile(r"(?<=[.!?;:])\s+")
_CLAUSE = re.compile(r"(?<=,)\s+")


def sentences(text: str, longest: int) -> list[str]:
    """`text` in pieces of at most `longest` characters: at ends of sentences, else commas, else spaces, else anywhere.

    No character but white space at a cut is lost.
    """
    pieces: list[str] = []
    for sentence in _ENDS.split(text.strip()):
        pieces += [sentence] if len(sentence) <= longest else _fit(_CLAUSE.split(sentence), longest)
    return [piece for piece in pieces if piece]


def _fit(clauses: list[str], longest: int) -> list[str]:
    words = [word for clause in clauses for word in ([clause] if len(clause) <= longest else clause.split())]
    pieces = [""]
    for word in words:
        for part in [word[i : i + longest] for i in range(0, len(word), longest)]:
            if pieces[-1] and len(pieces[-1]) + 1 + len(part) <= longest:
                pieces[-1] += " " + part
            elif pieces[-1]:
                pieces.append(part)
            else:
                pieces[-1] = part
    return pieces
