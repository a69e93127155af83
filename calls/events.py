"""What happens in a call, as frozen dataclasses. Every event carries the call's id, its writer's epoch, a sequence
number within the call (1, 2, 3 ... without gaps: the writer's own) and a UTC time in epoch seconds.

An event is known by (call_id, epoch, seq), and a call's events are ordered by (epoch, seq). The epoch is the number of
the worker that held the call: 1, and one more each time another took it over. A new worker goes on with the seq after
the last it could read, so seq alone has no gaps; what the dead one had written nowhere but to its own disk arrives
later, under numbers that the new one used too, and neither replaces the other.

The wire form, with tags and versions, is calls/wire.py. A new event is a class here, its name in `Event`, and a golden
file in tests/contract/wire/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from calls.outcome import Outcome
from calls.record import ADDED_LATER, Caller, Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    call_id: str
    seq: int
    at: float
    epoch: int = field(default=1, metadata=ADDED_LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(_Base):
    room: str
    line: str
    persona: str
    direction: Direction
    caller: Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered(_Base):
    """The first audio of the agent left for the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDetected(_Base):
    """Who answered a call that we made: human, silence, machine, no_mailbox, menu or unsure (agent/outbound/screening).

    `text` is what they said until then: PII. A later one replaces it: a machine that was taken for a person.
    """

    answer: str
    after_s: float  # since the phone was answered
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResumed(_Base):
    """Another worker took the call over, because the one before it died. `known` events of the call could be read."""

    known: int
    silent_s: float | None = None  # since the last event that was read: at most this long nobody listened


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerSpoke(_Base):
    """One finished utterance of the caller as the STT understood it."""

    turn: int
    text: str
    began_at: float | None = field(default=None, metadata=ADDED_LATER)  # first voiced sound of it at the worker
    ended_at: float | None = field(default=None, metadata=ADDED_LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSpoke(_Base):
    """What the caller really heard of one answer: cut where the caller barged in."""

    turn: int
    text: str
    interrupted: bool = False
    began_at: float | None = field(default=None, metadata=ADDED_LATER)  # its first sample was given to the room
    ended_at: float | None = field(default=None, metadata=ADDED_LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTimed(_Base):
    """Latencies of one turn in seconds, None where a stage did not take place.

    `voice_to_voice_s` is the worker's own estimate (caller stopped speaking -> first audio handed to the room). It
    leaves out transport, 45-150 ms of what the caller hears: the truth is measured from audio (local.caller, bench/).
    """

    turn: int
    voice_to_voice_s: float | None = None
    end_of_turn_s: float | None = None
    transcription_s: float | None = None
    llm_first_token_s: float | None = None
    tts_first_byte_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled(_Base):
    """A tool ran. `arguments` and `result` may hold what the caller said: PII, kept in the record's store only."""

    turn: int
    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    result: str = ""
    ok: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DtmfPressed(_Base):
    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerPutThrough(_Base):
    """To the person whom the line's list calls `target`: `result` is joined, transferred (by REFER), or why not."""

    target: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingChanged(_Base):
    """The recording came to be in `state` (calls.recording.RecordingState). `reason`: why, in a word. `name`: the file
    that it is about, the object's in the bucket."""

    state: str
    reason: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureHandled(_Base):
    """Something broke: `failure` names the row of agent/failures.py, `said` is what the caller was told of it."""

    failure: str
    said: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(_Base):
    outcome: Outcome
    reason: str  # caller_hung_up, line_lost, agent_said_goodbye, silence, duration_cap, handed_off, failure ...
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEvent(_Base):
    """An event of a kind this version does not know, kept whole so that it can be passed on unharmed."""

    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)


Event = (
    CallStarted
    | CallAnswered
    | AnswerDetected
    | CallResumed
    | CallerSpoke
    | AgentSpoke
    | TurnTimed
    | ToolCalled
    | DtmfPressed
    | CallerPutThrough
    | RecordingChanged
    | FailureHandled
    | CallEnded
    | UnknownEvent
)
