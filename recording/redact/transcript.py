"""A sidecar (recording/sidecar.py) without what tells who the caller was, and the stretches of sound that go with it.

A whole utterance is muted where anything in it was found: without the time of each word less would let part of it be
heard. One whose time nobody knows is muted from the utterance before it to the one after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recording.measure.activity import Span
from recording.redact.text import find, redacted

_MARGIN_S = 0.25  # around an utterance: the worker's clock and the recording's differ by transport and voice detection
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
    for turn in sidecar["turns"]:
        places = find(turn["text"], names)
        for place in places:
            found[place.kind.value] += 1
        turns.append({**turn, "text": redacted(turn["text"], places)})
        secret.append(bool(places))
    muted = {file["name"]: _spans(file, turns, secret) for file in sidecar["audio"]}
    call = {key: value for key, value in sidecar["call"].items() if key in _KEPT_OF_CALL}
    content = {**sidecar, "kind": "redacted_recording", "call": call, "turns": turns, "found": dict(found)}
    return Redacted(content, muted, found)


def _spans(file: Mapping[str, Any], turns: Sequence[Mapping[str, Any]], secret: Sequence[bool]) -> list[Span]:
    length_s = file["duration_s"] if file["duration_s"] is not None else float("inf")
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


def _place(name: str, turn: Mapping[str, Any]) -> Span | None:
    for place in turn["audio"]:
        if place["name"] == name:
            return Span(place["began_s"], place["ended_s"])
    return None
