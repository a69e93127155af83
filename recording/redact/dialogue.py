"""What only the talk around it shows: the answer to "what is your name?", and a number said in pieces, turn by turn."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from recording.redact.digits import Run, runs
from recording.redact.text import FEWEST_DIGITS, NO_NAME, Found, Kind

_CALLER = "caller"
_ASKS = (
    (
        Kind.NAME,
        r"\bname|\bwho(?:m| am|['’]s| is)? .{0,20}(?:speaking|talking|calling)|\bspell|\bnamen\b|\bwie heißen|\bheissen"
        r"|\bmit wem\b|buchstabier",
    ),
    (Kind.EMAIL, r"\be-?mail|\bmailadresse"),
    (
        Kind.ADDRESS,
        r"\baddress|\bpost ?code|\bzip\b|\bwhere do you live|\badresse|\banschrift|\bpostleitzahl|\bwo wohnen",
    ),
    (Kind.NUMBER, r"\bnumber|\bdate of birth|\bbirthday|\bborn\b|\bnummer|\bgeburts|\bgeboren"),
)
_KINDS = tuple((kind, re.compile(pattern, re.I)) for kind, pattern in _ASKS)
_QUESTION = re.compile(r"\?|\b(?:please|bitte|tell me|give me|say|may i|could you|can you|sagen|nennen)\b", re.I)
_SENTENCE = re.compile(r"[^.!?]+[.!?]*")
_WORD = re.compile(r"[^\W_]+")
_BESIDE = 3  # words beside the digits of a turn that is a piece of a number: "yes then four nine six"
_PIECE_DIGITS = 2


def in_context(turns: Sequence[Mapping[str, Any]]) -> list[list[Found]]:
    """For each turn of a sidecar what is to be taken out besides what its own text shows."""
    found: list[list[Found]] = [[] for _ in turns]
    asked: Kind | None = None
    for number, turn in enumerate(turns):
        text = turn["text"]
        if turn["speaker"] != _CALLER:
            asked = _asked(text)
        elif asked is not None and any(word.casefold() not in NO_NAME for word in _WORD.findall(text)):
            found[number].append(Found(0, len(text), asked))
    for piece, run in _pieces(turns):
        found[piece].append(Found(run.start, run.end, Kind.NUMBER))
    return found


def _asked(text: str) -> Kind | None:
    """What the agent asks for with the last that it says."""
    for sentence in reversed(_SENTENCE.findall(text)):
        if _QUESTION.search(sentence):
            return next((kind for kind, pattern in _KINDS if pattern.search(sentence)), None)
    return None


def _pieces(turns: Sequence[Mapping[str, Any]]) -> list[tuple[int, Run]]:
    """Of numbers that a caller says in several turns, with what the agent repeats of them in between."""
    found: list[tuple[int, Run]] = []
    group: list[tuple[int, Run]] = []
    own = 0  # digits of the caller's in `group`
    for number, turn in enumerate([*turns, {"speaker": _CALLER, "text": ""}]):
        by_caller = turn["speaker"] == _CALLER
        said = [run for run in runs(turn["text"]) if len(run.digits) >= _PIECE_DIGITS]
        if by_caller and (not said or _beside(turn["text"], said) > _BESIDE):
            found += group if own >= FEWEST_DIGITS else []
            group, own = [], 0
        elif by_caller or group:
            group += [(number, run) for run in said]
            own += sum(len(run.digits) for run in said) if by_caller else 0
    return found


def _beside(text: str, said: Sequence[Run]) -> int:
    return sum(not any(run.start <= word.start() < run.end for run in said) for word in _WORD.finditer(text))
