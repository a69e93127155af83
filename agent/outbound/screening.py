"""Who answered? Decided from when somebody spoke, what they said, and whether a tone was heard. Pure: time comes in.

A person says a word or two and waits; a machine talks on, says what machines say, or beeps. A person must not wait for
us: their pause decides after half a second, and a silence after the answer is a person who waits too. The figures are
ours, on the side of people: a machine that was taken for a person is found out when it goes on
(agent/outbound/reception.py), a person who was taken for a machine has hung up.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agent.outbound.wording import Hint, Wording

_CLICK_S = 0.1  # less than this in all is no speech
_LATE_S = 1.0  # of jitter, or of a busy machine
_GAP_S = 0.35  # in the middle of an utterance


class Answer(StrEnum):
    HUMAN = "human"
    SILENCE = "silence"  # somebody who waits for us: spoken to like a human
    MACHINE = "machine"
    NO_MAILBOX = "no_mailbox"
    MENU = "menu"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds. `silent_s`: without a word from the answer on. `pause_s`: quiet after which an utterance is over."""

    silent_s: float = 2.0
    pause_s: float = 0.5
    short_s: float = 2.6  # "Hello, this is Susan Miller" with no hurry
    long_s: float = 7.0  # no person greets for so long in one breath
    words_s: float = 0.8  # more quiet, in which the words of a longer greeting may still come
    menu_s: float = 1.5  # quiet after which a menu has been read out
    most_s: float = 20.0  # then it must be decided


class Screening:
    """Feed it what is heard, in order; `answer` says at each moment what is sure by then, or None.

    `began_at` is the moment of the answer, on the clock that all the other times are from.
    """

    def __init__(self, began_at: float, wording: Wording, limits: Limits | None = None) -> None:
        self._began_at, self._wording, self._limits = began_at, wording, limits or Limits()
        self._spoke = False
        self._spoke_from = self._spoke_to = began_at  # the newest utterance
        self._voiced_s = 0.0
        self._last_at = began_at
        self._hint: Hint | None = None
        self.text = ""
        self.beeped = False

    def sound(self, at: float, *, voiced: bool, beeped: bool = False) -> None:
        """What was heard since the last time, up to `at`."""
        self.beeped = self.beeped or beeped
        step, self._last_at = min(at - self._last_at, 0.1), at
        if not voiced:
            if not self._spoke and at - self._spoke_to > _GAP_S:
                self._voiced_s = 0.0  # a click
            return
        if self._voiced_s == 0.0 or at - self._spoke_to > self._limits.pause_s:
            self._spoke_from = at - step
        self._spoke_to = at
        self._voiced_s += step
        self._spoke = self._spoke or self._voiced_s >= _CLICK_S

    def words(self, text: str) -> None:
        """All words so far, from the first."""
        self.text, self._hint = text, self._wording.hint(text)

    def quiet_s(self, at: float) -> float:
        """For how long nobody has spoken. Sound that is late is no silence: it counts up to the last that came, unless
        none has come for a second."""
        until = self._last_at if at - self._last_at < _LATE_S else at
        return until - (self._spoke_to if self._spoke else self._began_at)

    def answer(self, at: float) -> Answer | None:
        if self.beeped or self._hint is Hint.MACHINE:
            return Answer.MACHINE
        if self._hint is Hint.NO_MAILBOX:
            return Answer.NO_MAILBOX
        limits, quiet_s = self._limits, self.quiet_s(at)
        if self._hint is Hint.MENU:
            late = at - self._began_at >= limits.most_s
            return Answer.MENU if quiet_s >= limits.menu_s or late else None
        if not self._spoke:
            return Answer.SILENCE if quiet_s >= limits.silent_s else None
        spoken_s = self._spoke_to - self._spoke_from
        if spoken_s >= limits.long_s:
            return Answer.MACHINE
        if quiet_s < limits.pause_s:
            return Answer.UNSURE if at - self._began_at >= limits.most_s else None
        return self._after(spoken_s, quiet_s)

    def _after(self, spoken_s: float, quiet_s: float) -> Answer | None:
        """They spoke for `spoken_s` and are quiet now."""
        limits, likely = self._limits, self._hint is Hint.LIKELY_MACHINE
        if self._hint is Hint.RECEPTION or (spoken_s <= limits.short_s and not likely):
            return Answer.HUMAN
        if quiet_s < limits.pause_s + limits.words_s * (2 if likely else 1):
            return None
        return Answer.HUMAN if self.text.rstrip().endswith("?") else Answer.UNSURE
