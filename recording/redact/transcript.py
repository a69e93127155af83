"""A sidecar (recording/sidecar.py) without what tells who the caller was, and the stretches of sound that go with it.

A whole utterance is muted where anything in it was found: without the time of each word less would let part of it be
heard. One whose time nobody knows is muted from the utterance before it to the one after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recording.measure.activity import Span
from recording.redact.dialogue import in_context
from recording.redact.text import Found, Kind, find, redacted

_MARGIN_S = 0.25  # around an utterance: the worker's clock and the recording's differ by transport and voice detection
_NAME_WORDS = 3  # a longer answer to "what is your name" has other words in it
_KEPT_OF_CALL = (
    *("call_id", "line", "persona", "direction", "started_at", "answered_at", "ended_at", "outcome", "failure"),
    *("turns", "usage", "cost", "currency", "measured"),
)


@dataclass(frozen=True, slots=True)
class Redacted:
    """`sidecar` is the new one; `muted` the spans by the name of the file of sound; `found` how many places there were
    by kind."""

    sidecar: dict[str, Any]
    muted: Mapping[str, Sequence[Span]]
    found: Mapping[str, int]


def redact(sidecar: Mapping[str, Any], names: Collection[str] = ()) -> Redacted:
    """`names` are what the call was told: arguments of tools, the carrier's display name. Raises KeyError or TypeError
    for what is no sidecar."""
    found: dict[str, int] = defaultdict(int)
    turns, secret = [], []
    context = in_context(sidecar["turns"])
    known = {*names, *_introduced(sidecar["turns"], context)}
    for turn, also in zip(sidecar["turns"], context, strict=True):
        places = find(turn["text"], known, also)
        for place in places:
            found[place.kind.value] += 1
        turns.append({**turn, "text": redacted(turn["text"], places)})
        secret.append(bool(places))
    muted = {file["name"]: _spans(file, turns, secret) for file in sidecar["audio"]}
    call = {key: value for key, value in sidecar["call"].items() if key in _KEPT_OF_CALL}
    content = {**sidecar, "kind": "redacted_recording", "call": call, "turns": turns, "found": dict(found)}
    return Redacted(content, muted, found)


def _introduced(turns: Sequence[Mapping[str, Any]], context: Sequence[Sequence[Found]]) -> Iterator[str]:
    """Names that the talk tells: "my name is ada king" takes "Thank you, Ada" with it."""
    for turn, also in zip(turns, context, strict=True):
        for place in find(turn["text"], (), also):
            words = turn["text"][place.start : place.end]
            if place.kind is Kind.NAME and len(words.split()) <= _NAME_WORDS:
                yield words


def _spans(file: Mapping[str, Any], turns: Sequence[Mapping[str, Any]], secret: Sequence[bool]) -> list[Span]:
    length_s = file["duration_s"] if file["duration_s"] is not None else float("inf")
    if file.get("started_at", 0.0) is None:  # where in it anything is said, nobody knows
        return [Span(0.0, length_s)] if any(secret) else []
    places = [_place(file["name"], turn) for turn in turns]
    spans: list[Span] = []
    for number, is_secret in enumerate(secret):
        if not is_secret:
            continue
        if (place := places[number]) is not None:
            spans.append(Span(max(0.0, place.start_s - _MARGIN_S), min(length_s, place.end_s + _MARGIN_S)))
        elif turns[number]["began_at"] is None:
            before = [each.end_s for each in places[:number] if each is not None]
            after = [each.start_s for each in places[number + 1 :] if each is not None]
            spans.append(Span(max(before, default=0.0), min(after, default=length_s)))
    return spans


def of_caller(sidecar: Mapping[str, Any], name: str) -> list[Span]:
    """Where in the file the caller's turns are."""
    places = [_place(name, turn) for turn in sidecar["turns"] if turn["speaker"] == "caller"]
    return [place for place in places if place is not None]


def _place(name: str, turn: Mapping[str, Any]) -> Span | None:
    for place in turn["audio"]:
        if place["name"] == name:
            return Span(place["began_s"], place["ended_s"])
    return None
