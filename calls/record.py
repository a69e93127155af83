"""The call record: what is kept of a call, as one immutable snapshot that grows by `evolve`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from calls.outcome import Outcome
from calls.recording import Recording

ADDED_LATER = {"added_later": True}
"""Metadata of a field that the first wire form did not have: it is written only where it is not its default, so that
what old versions wrote reads and writes as it was."""


class Leg(StrEnum):
    """A participant's path into the room."""

    SIP = "sip"
    WEB = "web"
    CONSOLE = "console"  # `agent/main.py console`: the operator's own microphone, no room


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is on the other end, as the carrier or the web client says: untrusted input, never an identity.

    `number` is E.164 as received, or None when withheld or on a web leg. `dialled` is the number that was called.
    `attributes` are the participant's attributes at the start of the call (sip.callID, sip.twilio.callSid, ...).
    """

    leg: Leg
    identity: str
    number: str | None = None
    dialled: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call. `version` counts the snapshots written; times are UTC epoch seconds (float).

    Closed exactly when `ended_at` and `outcome` are set; `close` sets both or neither.
    """

    call_id: str  # UUIDv7, ours: a room's name holds the caller's number and is no id
    room: str
    line: str
    persona: str
    direction: Direction
    caller: Caller
    started_at: float
    answered_at: float | None = None  # the agent's first audio left for the caller
    ended_at: float | None = None
    outcome: Outcome | None = None
    failure: str | None = None  # the name of a row of agent/failures.py, when outcome is FAILED or a turn needed it
    turns: int = 0
    message: str | None = None  # words a caller left for a person
    data: Mapping[str, Any] = field(default_factory=dict)  # what tools achieved: appointment ids and the like
    version: int = 0
    epoch: int = field(default=1, metadata=ADDED_LATER)  # which worker holds it: 1, and one more for each take-over
    usage: Mapping[str, float] = field(default_factory=dict, metadata=ADDED_LATER)  # what it used, by unit of price
    cost: float | None = field(default=None, metadata=ADDED_LATER)  # usage at the configured prices
    currency: str | None = field(default=None, metadata=ADDED_LATER)  # of `cost`, ISO 4217
    recording: Recording | None = field(default=None, metadata=ADDED_LATER)  # None: this call's line records nothing
    # Of its recording's own sound, by name with the unit (recording/measure/figures.py); empty: not measured (yet).
    measured: Mapping[str, float] = field(default_factory=dict, metadata=ADDED_LATER)
    # The epoch whose worker took the call over and could not read what was before it (None: none did), and what was,
    # once it is known: then all fields are the whole call's (calls/standing.py).
    blind_since: int | None = field(default=None, metadata=ADDED_LATER)
    before: CallRecord | None = field(default=None, metadata=ADDED_LATER)

    @property
    def closed(self) -> bool:
        return self.ended_at is not None

    @property
    def unsettled(self) -> bool:
        """Was it to be recorded, and is it not known yet what came of that? Or is there something to throw away?"""
        recording = self.recording
        return recording is not None and (not recording.settled or recording.unwanted)

    def evolve(self, **changes: Any) -> CallRecord:
        """The next snapshot: the same call with `changes` and the version raised by one."""
        return replace(self, **changes, version=self.version + 1)

    def close(self, at: float, outcome: Outcome, failure: str | None = None) -> CallRecord:
        """The last snapshot. Closing a closed call keeps the first outcome: the first reason is the true one."""
        if self.closed:
            return self
        return self.evolve(ended_at=at, outcome=outcome, failure=failure or self.failure)
