"""One table: what breaks in a call -> how it is counted and logged, and what happens next.

What the caller hears of it stands by the failure's name in config/phrases/, in each language; where nothing stands
there, the caller need not know. It is said in the persona's voice when the speech server answers, else by the audio in
agent/speech/bundled/ (a voice that is not the persona's, but never silence). One test plays every row in a call:
tests/call/test_failures.py.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum


class Failure(StrEnum):
    """The name is the metric's label, the event's `failure` and the key of the bundled audio."""

    STT_DEAF = "stt_deaf"
    LLM_SLOW = "llm_slow"
    LLM_DOWN = "llm_down"
    TTS_DOWN = "tts_down"
    STORE_DOWN = "store_down"
    TOOL_FAILED = "tool_failed"
    TOOL_HANGS = "tool_hangs"
    BAD_DISPATCH = "bad_dispatch"
    WORKER_DIED = "worker_died"
    BROKEN = "broken"


class NextStep(StrEnum):
    GO_ON = "go_on"  # the turn is lost or late, the call is not
    GO_ON_THEN_END = "go_on_then_end"  # after `patience` in a row the call ends with the farewell, outcome failed
    END = "end"  # say the words and end, outcome failed


@dataclass(frozen=True, slots=True)
class Row:
    """`patience`: how many in a row are borne before the call ends."""

    level: int
    next_step: NextStep
    patience: int = 0


FAREWELL = "farewell"
"""Instead of a failure's own words, where the call ends with it."""

FAILURES: dict[Failure, Row] = {
    Failure.STT_DEAF: Row(logging.ERROR, NextStep.GO_ON_THEN_END, patience=3),
    Failure.LLM_SLOW: Row(logging.WARNING, NextStep.GO_ON),
    Failure.LLM_DOWN: Row(logging.ERROR, NextStep.GO_ON_THEN_END, patience=3),
    Failure.TTS_DOWN: Row(logging.ERROR, NextStep.GO_ON_THEN_END, patience=3),
    Failure.STORE_DOWN: Row(logging.ERROR, NextStep.GO_ON),
    Failure.TOOL_FAILED: Row(logging.ERROR, NextStep.GO_ON),  # the model is told, and tells the caller
    Failure.TOOL_HANGS: Row(logging.ERROR, NextStep.GO_ON),
    Failure.BAD_DISPATCH: Row(logging.ERROR, NextStep.GO_ON),  # the line's own persona takes the call
    # Said by the worker that takes over, which then goes on where the talk was (agent/recall.py).
    Failure.WORKER_DIED: Row(logging.ERROR, NextStep.GO_ON),
    Failure.BROKEN: Row(logging.CRITICAL, NextStep.END),
}
