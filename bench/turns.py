"""One turn of a call, measured from sound alone: say an utterance, hear when the agent stops and when it answers."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from enum import StrEnum

from bench.caller import Caller
from bench.utterances import Utterance

ANSWER_WITHIN_S = 8.0
STOP_WITHIN_S = 4.0
LISTEN_S = 1.2  # of an answer, before the caller barges in
GAP_S = 0.30  # silence this long is the agent's silence
REST_S = 0.8  # silence before a caller speaks in turn
ANSWER_ENDS_WITHIN_S = 25.0
_ECHO_S = 0.060  # nothing comes back sooner than this: silence before it was the agent's own pause


class Kind(StrEnum):
    CLEAN = "clean"
    BARGE_IN = "barge_in"


class Failure(StrEnum):
    NO_ANSWER = "no answer"
    CUT_IN = "answered before the caller had ended"
    DID_NOT_STOP = "did not stop for the caller"
    NOT_SPEAKING = "was not speaking when the caller wanted to barge in"


@dataclass(frozen=True, slots=True)
class Turn:
    """What became of one utterance. Milliseconds; None where `failure` says why, or where it does not apply.

    `ended`, `heard`: monotonic seconds of the last voiced caller sample and the first audible one of the answer.
    """

    utterance: int
    kind: Kind
    ended: float
    heard: float | None = None
    barge_in_ms: float | None = None
    failure: Failure | None = None

    @property
    def voice_to_voice_ms(self) -> float | None:
        return None if self.heard is None else (self.heard - self.ended) * 1000


async def clean(caller: Caller, utterance: Utterance) -> Turn:
    """Speak into silence."""
    await caller.ear.silence(time.monotonic(), REST_S, ANSWER_ENDS_WITHIN_S)
    spoken = await caller.mouth.say(utterance.pcm)
    if caller.ear.heard_between(spoken.began, spoken.ended):
        await _settle(caller)
        return Turn(utterance.number, Kind.CLEAN, spoken.ended, failure=Failure.CUT_IN)
    heard = await caller.ear.sound(spoken.ended, ANSWER_WITHIN_S)
    failure = None if heard is not None else Failure.NO_ANSWER
    return Turn(utterance.number, Kind.CLEAN, spoken.ended, heard, failure=failure)


async def barge_in(caller: Caller, utterance: Utterance, answering_since: float) -> Turn:
    """Speak over the answer that is heard since `answering_since`, LISTEN_S after its start."""
    await asyncio.sleep(max(0.0, answering_since + LISTEN_S - time.monotonic()))
    now = time.monotonic()
    if not caller.ear.heard_between(now - GAP_S, now):
        return Turn(utterance.number, Kind.BARGE_IN, now, failure=Failure.NOT_SPEAKING)
    spoken = await caller.mouth.say(utterance.pcm)
    silent = await caller.ear.silence(spoken.began, GAP_S, STOP_WITHIN_S)
    stopped = None if silent is None else (silent - spoken.began) * 1000
    if silent is None or silent >= spoken.ended:
        await _settle(caller)
        return Turn(utterance.number, Kind.BARGE_IN, spoken.ended, barge_in_ms=stopped, failure=Failure.DID_NOT_STOP)
    if silent - spoken.began < _ECHO_S:
        stopped = None
    if caller.ear.heard_between(silent + GAP_S, spoken.ended):
        await _settle(caller)
        return Turn(utterance.number, Kind.BARGE_IN, spoken.ended, barge_in_ms=stopped, failure=Failure.CUT_IN)
    heard = await caller.ear.sound(spoken.ended, ANSWER_WITHIN_S)
    failure = None if heard is not None else Failure.NO_ANSWER
    return Turn(utterance.number, Kind.BARGE_IN, spoken.ended, heard, stopped, failure)


async def greeting(caller: Caller, within_s: float) -> float | None:
    """When the agent's greeting began; returns at its end. None: it says nothing unasked for `within_s`."""
    began = await caller.ear.sound(caller.dialled, within_s)
    if began is not None:
        await _settle(caller)
    return began


async def _settle(caller: Caller) -> None:
    """Until the agent has said what it has to say."""
    now = time.monotonic()
    await caller.ear.sound(now, 2.0)
    await caller.ear.silence(now, REST_S, ANSWER_ENDS_WITHIN_S)
