"""The figures of one recording: how long the caller waited for each answer, who spoke how much, who interrupted whom,
and where nobody said anything. Measured from the sound alone, each side on its own channel."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from recording.measure.activity import Span, sentences, voiced
from recording.measure.levels import Levels

DEAD_AIR_S = 2.0  # nobody speaks for longer: callers take it for a line that has gone
_OVERLAP_S = 0.1  # both at once for less is how people take turns
_LONGEST_S = 30.0  # an agent that speaks so long after the caller does not answer: it asks whether they are there


@dataclass(frozen=True, slots=True)
class Answer:
    """The caller fell silent at `asked_s`, and the agent was heard from `heard_s` on."""

    asked_s: float
    heard_s: float

    @property
    def voice_to_voice_s(self) -> float:
        return self.heard_s - self.asked_s


@dataclass(frozen=True, slots=True)
class Interruption:
    """The caller spoke over the agent from `at_s` on; it was silent `silent_after_s` later."""

    at_s: float
    silent_after_s: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one file. Seconds count from its first sample."""

    duration_s: float
    agent: tuple[Span, ...]
    caller: tuple[Span, ...]
    answers: tuple[Answer, ...]
    interruptions: tuple[Interruption, ...]
    dead_air: tuple[Span, ...]
    agent_peak_dbfs: float
    caller_peak_dbfs: float

    @property
    def agent_talk_s(self) -> float:
        return sum(span.length_s for span in self.agent)

    @property
    def caller_talk_s(self) -> float:
        return sum(span.length_s for span in self.caller)


def measure(levels: Levels) -> Figures:
    agent, caller = voiced(levels.agent), voiced(levels.caller)
    speaking = sentences(agent)
    return Figures(
        duration_s=levels.duration_s,
        agent=tuple(agent),
        caller=tuple(caller),
        answers=tuple(_answers(speaking, caller)),
        interruptions=tuple(_interruptions(speaking, sentences(caller))),
        dead_air=tuple(_dead_air(agent, caller)),
        agent_peak_dbfs=levels.agent.peak_dbfs,
        caller_peak_dbfs=levels.caller.peak_dbfs,
    )


def summary(files: Sequence[Figures]) -> dict[str, float]:
    """Of a whole call, which may have several files: what goes into its record. Names carry the unit; a figure that
    there is nothing to make from is left out."""
    if not files:
        return {}
    waits = sorted(answer.voice_to_voice_s for each in files for answer in each.answers)
    agent_s, caller_s = (sum(each.agent_talk_s for each in files), sum(each.caller_talk_s for each in files))
    found: dict[str, float] = {
        "recorded_s": sum(each.duration_s for each in files),
        "agent_talk_s": agent_s,
        "caller_talk_s": caller_s,
        "answers": float(len(waits)),
        "interruptions": float(sum(len(each.interruptions) for each in files)),
        "dead_air": float(sum(len(each.dead_air) for each in files)),
        "dead_air_s": sum(span.length_s for each in files for span in each.dead_air),
        "agent_peak_dbfs": max(each.agent_peak_dbfs for each in files),
        "caller_peak_dbfs": max(each.caller_peak_dbfs for each in files),
    }
    if agent_s + caller_s:
        found["agent_talk_ratio"] = agent_s / (agent_s + caller_s)
    if waits:
        found |= {
            "voice_to_voice_p50_s": _rank(waits, 0.5),
            "voice_to_voice_p95_s": _rank(waits, 0.95),
            "voice_to_voice_max_s": waits[-1],
        }
    return {name: round(value, 3) for name, value in found.items()}


def _rank(ordered: Sequence[float], share: float) -> float:
    """Nearest rank: a wait that somebody had, also where there were few."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _answers(agent: Sequence[Span], caller: Sequence[Span]) -> list[Answer]:
    """The first that is heard of the agent after each time that the caller fell silent. An agent that begins while the
    caller still speaks has not answered."""
    found: list[Answer] = []
    heard_until_s = 0.0  # of the agent
    for span in agent:
        before = bisect_left(caller, span.start_s, key=lambda each: each.start_s)
        said_until_s = caller[before - 1].end_s if before else None
        if (
            said_until_s is not None
            and heard_until_s - _OVERLAP_S <= said_until_s <= span.start_s
            and span.start_s - said_until_s <= _LONGEST_S
        ):
            found.append(Answer(said_until_s, span.start_s))
        heard_until_s = span.end_s
    return found


def _interruptions(agent: Sequence[Span], caller: Sequence[Span]) -> list[Interruption]:
    return [
        Interruption(words.start_s, speech.end_s - words.start_s)
        for words in caller
        for speech in agent
        if speech.start_s + _OVERLAP_S <= words.start_s and words.start_s + _OVERLAP_S <= min(speech.end_s, words.end_s)
    ]


def _dead_air(agent: Sequence[Span], caller: Sequence[Span]) -> list[Span]:
    """Between the first and the last that anybody said."""
    both = sorted([*agent, *caller], key=lambda span: span.start_s)
    found: list[Span] = []
    until_s = both[0].end_s if both else 0.0
    for span in both[1:]:
        if span.start_s - until_s > DEAD_AIR_S:
            found.append(Span(until_s, span.start_s))
        until_s = max(until_s, span.end_s)
    return found
