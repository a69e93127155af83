"""What to do when a row of agent/failures.py is met: count, log, write it down, and say what comes next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from agent import metrics
from agent.chronicle import Chronicle
from agent.failures import FAILURES, FAREWELL, Failure, NextStep
from calls.events import FailureHandled
from ops import logging

_log = logging.get(__name__)


class Trouble:
    """Counts failures in a row per kind. `end` is called when a row says that the call is over; `words` are a line's
    (config.phrases: Phrases.failures)."""

    def __init__(self, chronicle: Chronicle, end: Callable[[Failure], None], words: Mapping[str, str]) -> None:
        self._chronicle, self._end, self._words = chronicle, end, words
        self._in_a_row: Counter[Failure] = Counter()
        self._told: dict[Failure, tuple[int, str]] = {}

    def met(self, failure: Failure, detail: str = "", *, turn: int | None = None) -> str:
        """Note the failure and return the words for the caller ("" where there are none).

        Where the row's patience is used up, the words are the farewell and the call ends after them. It counts once
        a `turn` (default: the record's): replies are made ahead of time on every stable transcript, before the record
        knows of the turn, and most of those nobody hears.
        """
        turn = self._chronicle.record.turns if turn is None else turn
        if failure in self._told and self._told[failure][0] == turn:
            return self._told[failure][1]
        words = self._count(failure, detail)
        self._told[failure] = (turn, words)
        return words

    def again(self, failure: Failure, detail: str = "") -> str:
        """As `met`, for what can break several times within one turn."""
        return self._count(failure, detail)

    def _count(self, failure: Failure, detail: str) -> str:
        row = FAILURES[failure]
        self._in_a_row[failure] += 1
        over = row.next_step is NextStep.END or (
            row.next_step is NextStep.GO_ON_THEN_END and self._in_a_row[failure] >= row.patience
        )
        words = self._words.get(failure.value, "")
        words = self._words[FAREWELL] if over and words else words
        metrics.FAILURES.labels(failure=failure.value).inc()
        _log.log(
            row.level, "failure in a call", failure=failure.value, attempt=self._in_a_row[failure], what=detail[:80]
        )
        if row.next_step is not NextStep.GO_ON:
            self._chronicle.change(failure=failure.value)
        self._chronicle.add(FailureHandled, failure=failure.value, said=words, detail=detail[:200])
        if over:
            self._end(failure)
        return words

    def mended(self, failure: Failure) -> None:
        """It works again: the count in a row starts anew."""
        self._in_a_row.pop(failure, None)
        self._told.pop(failure, None)

    def stands(self, failure: Failure) -> bool:
        """Has it been met, and nothing mended it since?"""
        return failure in self._in_a_row
