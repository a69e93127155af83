"""Figures as JSON: what goes from the process that measures to whoever asked, and into a call's sidecar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recording.measure.activity import Span
from recording.measure.figures import Answer, Figures, Interruption

_MILLI = 3


def told(figures: Figures) -> dict[str, Any]:
    """Seconds into the file, to the millisecond."""
    return {
        "duration_s": _round(figures.duration_s),
        "agent": [_pair(span) for span in figures.agent],
        "caller": [_pair(span) for span in figures.caller],
        "answers": [[_round(each.asked_s), _round(each.heard_s)] for each in figures.answers],
        "interruptions": [[_round(each.at_s), _round(each.silent_after_s)] for each in figures.interruptions],
        "dead_air": [_pair(span) for span in figures.dead_air],
        "agent_peak_dbfs": _round(figures.agent_peak_dbfs),
        "caller_peak_dbfs": _round(figures.caller_peak_dbfs),
    }


def understood(said: Mapping[str, Any]) -> Figures:
    """The inverse. Raises KeyError, TypeError or ValueError for what is none."""
    return Figures(
        duration_s=float(said["duration_s"]),
        agent=tuple(Span(start, end) for start, end in said["agent"]),
        caller=tuple(Span(start, end) for start, end in said["caller"]),
        answers=tuple(Answer(asked, heard) for asked, heard in said["answers"]),
        interruptions=tuple(Interruption(at, silent) for at, silent in said["interruptions"]),
        dead_air=tuple(Span(start, end) for start, end in said["dead_air"]),
        agent_peak_dbfs=float(said["agent_peak_dbfs"]),
        caller_peak_dbfs=float(said["caller_peak_dbfs"]),
    )


def _pair(span: Span) -> list[float]:
    return [_round(span.start_s), _round(span.end_s)]


def _round(value: float) -> float:
    return round(float(value), _MILLI)
