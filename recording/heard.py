"""What was measured of a call, put into its sidecar: figures by file, and the wait for the answer to each utterance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Between where the worker's voice detector says that an utterance ended and where it does in the sound: transport, and
# the time the detector takes to be sure of a pause.
_NEAR_S = 1.5


def with_heard(sidecar: Mapping[str, Any], figures: Mapping[str, float], by_file: Mapping[str, Any]) -> dict[str, Any]:
    """A new sidecar (recording/sidecar.py). `figures` are the call's, `by_file` as recording.measure.told has them.

    Raises LookupError, TypeError or ValueError for what is no sidecar.
    """
    turns = [dict(turn) for turn in sidecar["turns"]]
    for name, heard in by_file.items():
        for asked_s, heard_s in heard["answers"]:
            turn = _nearest(turns, name, float(asked_s))
            if turn is not None:
                turn["voice_to_voice_s"] = round(float(heard_s) - float(asked_s), 3)
    call = {**sidecar["call"], "measured": dict(figures)}
    return {**sidecar, "call": call, "turns": turns, "heard": dict(by_file)}


def _nearest(turns: list[dict[str, Any]], name: str, asked_s: float) -> dict[str, Any] | None:
    """What the caller was saying when they fell silent at `asked_s` of the file."""
    near = [
        (abs(place["ended_s"] - asked_s), number)
        for number, turn in enumerate(turns)
        for place in turn["audio"]
        if turn["speaker"] == "caller" and place["name"] == name
    ]
    distance_s, number = min(near, default=(_NEAR_S + 1, -1))
    return turns[number] if distance_s <= _NEAR_S else None
