"""What the ear heard, in ms: measured from the recorded sound alone, never from anybody's own timestamps.

Definitions (DESIGN.md, "Words"): voice-to-voice is from the last voiced sample of the caller to the first audible one
of the agent, both at the caller's ear; a barge-in lasts from the caller's first voiced sample to the agent's silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from local.caller.activity import FLOOR_DBFS
from local.caller.sound import EAR_RATE, Pcm

_FRAME_S = 0.005  # the measure's grain: an edge is off by at most this
_LOW_DBFS = FLOOR_DBFS - 5  # a voiced stretch reaches as far as this level ...
_HIGH_DBFS = FLOOR_DBFS + 5  # ... and holds something at this one at least
_SHORTEST_S = 0.02  # shorter is a click
_SENTENCE_GAP_S = 0.3  # pauses inside a sentence are shorter, so this much silence means that the agent has stopped


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of sound, in seconds of the recording."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of the caller and what came of it. None: there was no answer, or nobody was interrupted."""

    said: Span  # first to last voiced sample
    answered_s: float | None  # second of the recording
    voice_to_voice_ms: float | None  # negative when the agent began before the caller had ended
    barge_in_ms: float | None


def voiced(pcm: Pcm, rate: int = EAR_RATE) -> list[Span]:
    """The voiced stretches of one side, by energy with hysteresis over frames of 5 ms."""
    frame = round(_FRAME_S * rate)
    whole = pcm[: len(pcm) // frame * frame].astype(np.float64).reshape(-1, frame)
    level = 20 * np.log10(np.maximum(np.sqrt(np.mean(whole**2, axis=1)), 0.0328) / 32768)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], level >= _LOW_DBFS, [0]]).astype(np.int8)))
    stretches = zip(edges[::2], edges[1::2], strict=True)
    return [
        Span(float(start) * _FRAME_S, float(end) * _FRAME_S)
        for start, end in stretches
        if level[start:end].max() >= _HIGH_DBFS and (end - start) * _FRAME_S >= _SHORTEST_S
    ]


def sentences(spans: Sequence[Span], gap_s: float = _SENTENCE_GAP_S) -> list[Span]:
    """Stretches with less than `gap_s` between them as one."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.start_s - joined[-1].end_s < gap_s:
            joined[-1] = Span(joined[-1].start_s, span.end_s)
        else:
            joined.append(span)
    return joined


def turns(agent: Pcm, caller: Pcm, lines: Sequence[Span], rate: int = EAR_RATE) -> list[Turn | None]:
    """What came of each of the caller's `lines`: roughly when each was said, in order, silence around it included.

    None for a line without any voiced sound in it, which is no turn.
    """
    heard, spoken = voiced(agent, rate), voiced(caller, rate)
    found: list[Turn | None] = []
    for index, line in enumerate(lines):
        until_s = lines[index + 1].start_s if index + 1 < len(lines) else len(agent) / rate
        words = [span for span in spoken if span.end_s > line.start_s and span.start_s < line.end_s]
        found.append(_turn(heard, Span(words[0].start_s, words[-1].end_s), until_s) if words else None)
    return found


def first_sound_s(agent: Pcm, rate: int = EAR_RATE) -> float | None:
    """When the agent was first audible."""
    spans = voiced(agent, rate)
    return spans[0].start_s if spans else None


def percentiles(values: Sequence[float]) -> dict[str, float | None]:
    """p50, p95 and max, rounded to a tenth; None where there are no values."""
    if not values:
        return {"p50": None, "p95": None, "max": None}
    p50, p95, most = np.percentile(values, [50, 95, 100])
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1), "max": round(float(most), 1)}


def _turn(heard: Sequence[Span], said: Span, until_s: float) -> Turn:
    spoken = sentences(heard)
    interrupted = next((one for one in spoken if one.start_s < said.start_s < one.end_s), None)
    # An answer may begin before the caller has ended; but what goes on of an interrupted sentence is none, nor is one
    # that was begun and given up while the caller spoke.
    earliest_s = interrupted.end_s if interrupted else said.start_s
    answers = (one.start_s for one in spoken if earliest_s <= one.start_s < until_s and one.end_s > said.end_s)
    answered_s = next(answers, None)
    return Turn(
        said=said,
        answered_s=answered_s,
        voice_to_voice_ms=None if answered_s is None else (answered_s - said.end_s) * 1000,
        barge_in_ms=(interrupted.end_s - said.start_s) * 1000 if interrupted else None,
    )
