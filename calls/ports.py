"""The promises the rest of the house builds on. A port is a file of signatures; adapters live elsewhere, and one
contract suite (tests/contract/) runs against all of them, outages included.

Foreign exceptions stop at the adapter: a port raises only what is declared here. "Down" is never "absent".
Every method has a deadline of its own inside the adapter: none of them waits for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from calls.events import Event
from calls.record import CallRecord


class StoreDown(Exception):
    """The store could not be asked. The write may or may not have happened: repeat it with the same idempotency key."""


class RecordUnreadable(StoreDown):
    """The store answers, but what it has of this one call is nothing this version can read: written by a newer one, or
    broken. No other call is concerned."""


class VersionConflict(Exception):
    """The stored snapshot is of another version than expected: `stored` (0: the store has no such call).

    More than expected: another writer was at it. Less: the store lost what it had confirmed (restarted from an older
    copy, or empty), and the writer must bring all of it again.
    """

    def __init__(self, call_id: str, expected: int, stored: int) -> None:
        super().__init__(f"call {call_id}: expected version {expected}, the store has {stored}")
        self.call_id, self.expected, self.stored = call_id, expected, stored


@dataclass(frozen=True, slots=True)
class Write:
    """One flush of one call: the newest snapshot and the events since the last flush, applied as one or not at all.

    `expected_version` is the snapshot version the writer last wrote (0: none yet). `key` makes a repeat harmless: the
    same key applied twice changes nothing the second time and answers as the first did.
    """

    key: str
    record: CallRecord
    expected_version: int
    events: Sequence[Event] = ()


class CallStore(Protocol):
    """Keeps call records and their events."""

    async def write(self, write: Write) -> int:
        """Apply `write`; return the stored version. An event already stored (same call, epoch, seq) stays as it is.

        Raises StoreDown, VersionConflict.
        """
        ...

    async def record(self, call_id: str) -> CallRecord | None:
        """The newest snapshot, or None: there is no such call. Raises StoreDown, RecordUnreadable."""
        ...

    async def events(self, call_id: str, after: int = 0) -> Sequence[Event]:
        """The call's events with seq > `after`, ordered by (epoch, seq). An unknown call has none. Raises StoreDown."""
        ...

    async def open_calls(self) -> Sequence[str]:
        """Ids of calls without an end. Raises StoreDown."""
        ...

    async def unsettled_calls(self) -> Sequence[str]:
        """Ids of calls, open ones too, of whose recording it is not known yet what became. Raises StoreDown."""
        ...

    async def recorded_calls(self) -> Sequence[str]:
        """Ids of all calls that are kept and whose line records, whatever came of it. Raises StoreDown."""
        ...

    async def calls_of(self, number: str) -> Sequence[str]:
        """Ids of the calls that this number made or was called in. Raises StoreDown."""
        ...

    async def erase(self, call_id: str, number: str | None = None) -> bool:
        """Forget the call, its events and its lease; `number` is its caller's, if known. What a late writer brings of
        it is dropped as if written. False: there was nothing. Raises StoreDown."""
        ...

    async def erased(self, call_id: str) -> bool:
        """Was it erased, in the last weeks? Then nothing of it may be kept anywhere. Raises StoreDown."""
        ...

    async def ready(self) -> bool:
        """Can the store be asked right now? Never raises."""
        ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's proof of life for one call: it holds the call until the lease runs out, renewed in time or lapsed.

    `agent` is the agent's identity in the room `room` ("": one was sent for, and has not come yet), `worker` the
    AGENT_NAME that a dispatch must ask for; line and persona let a new worker begin even where it
    cannot read the record.
    """

    call_id: str
    epoch: int
    room: str
    agent: str
    worker: str
    line: str
    persona: str


@dataclass(frozen=True, slots=True)
class Held:
    """A lease as the store has it. `left_s`: until it runs out; 0 or less: it has, or was given up (`given_up`)."""

    lease: Lease
    left_s: float
    given_up: bool = False


class LeaseLost(Exception):
    """Another holds the call, in epoch `held`, the same or a higher one: whoever is told this must leave the call at
    once, and say nothing."""

    def __init__(self, call_id: str, epoch: int, held: int) -> None:
        super().__init__(f"call {call_id}: epoch {epoch} asked, epoch {held} holds it")
        self.call_id, self.epoch, self.held = call_id, epoch, held


class Leases(Protocol):
    """Who holds which call. Times are the store's own clock: no other clock need agree. All raise StoreDown."""

    async def renew(self, lease: Lease, ttl_s: float) -> None:
        """Hold the call for `ttl_s` from now. The first renewal of a higher epoch takes the call over; one that has run
        out may be renewed as long as nobody has. Raises LeaseLost where a higher epoch holds it, or another agent of
        the same epoch with a lease that is valid: of two agents sent for, the first to come has the call."""
        ...

    async def give_up(self, call_id: str, epoch: int) -> None:
        """Its holder is known to be dead: run out now. Nothing happens where another epoch holds it or nobody does."""
        ...

    async def release(self, call_id: str, epoch: int) -> None:
        """The call is over: nobody need hold it. Nothing happens where a higher epoch does."""
        ...

    async def held(self, below_s: float) -> Sequence[Held]:
        """The leases with less than `below_s` left, those that ran out and were given up included."""
        ...


class StateStore(CallStore, Leases, Protocol):
    """Both, over one connection: what a service's build.py makes of STATE_URL."""


class RoomsDown(Exception):
    """The media server could not be asked. What was asked of it may or may not have happened."""


class MemberKind(StrEnum):
    """What a participant is to us. A caller is a phone or a browser; OTHER neither talks nor listens (a recorder)."""

    CALLER = "caller"
    AGENT = "agent"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Member:
    """A participant as the server has it. The ghost of a process that was killed stays for about 20 s."""

    identity: str
    kind: MemberKind
    attributes: Mapping[str, str] = field(default_factory=dict)


class Rooms(Protocol):
    """The media server's rooms, asked from outside. All raise RoomsDown; what is gone already may be removed again."""

    async def names(self) -> frozenset[str]:
        """Every room there is, other people's included."""
        ...

    async def members(self, room: str) -> Sequence[Member]:
        """Who is in the room. A room that does not exist has nobody."""
        ...

    async def attributes(self, room: str, identity: str) -> Mapping[str, str] | None:
        """One participant's attributes, as it set them a few milliseconds ago. None: not in the room."""
        ...

    async def ping(self, room: str, identity: str, nonce: str) -> None:
        """Ask the participant to show `nonce` as its attribute PONG_ATTRIBUTE. Returns without an answer."""
        ...

    async def dispatch(self, room: str, worker: str, metadata: str) -> None:
        """Send a worker of this name into the room. That one is free, or comes, is not known."""
        ...

    async def remove(self, room: str, identity: str) -> None:
        """Take the participant out of the room."""
        ...

    async def delete(self, room: str) -> None:
        """End the room, and so the call of everybody in it."""
        ...

    async def ready(self) -> bool:
        """Can the server be asked right now? Never raises."""
        ...

    async def aclose(self) -> None: ...


class RecorderDown(Exception):
    """Egress could not be asked, or refused. What was asked may or may not have happened. `reason` is a word."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the recorder cannot be used: {reason}")
        self.reason = reason


class EgressStatus(StrEnum):
    """LiveKit's, in small letters."""

    STARTING = "egress_starting"
    ACTIVE = "egress_active"
    ENDING = "egress_ending"
    COMPLETE = "egress_complete"
    FAILED = "egress_failed"
    ABORTED = "egress_aborted"
    LIMIT_REACHED = "egress_limit_reached"

    @property
    def ended(self) -> bool:
        return self not in (EgressStatus.STARTING, EgressStatus.ACTIVE, EgressStatus.ENDING)


@dataclass(frozen=True, slots=True)
class Egress:
    """One recording as the media server has it. Times are UTC epoch seconds; `name` is the file asked for, `size` in
    bytes and `duration_s` of what it says to have written (0: nothing)."""

    egress_id: str
    room: str
    name: str
    status: EgressStatus
    started_at: float | None = None
    ended_at: float | None = None
    size: int = 0
    duration_s: float = 0.0
    error: str = ""


class Recorder(Protocol):
    """The media server's recorder of whole rooms. All raise RecorderDown."""

    async def start(self, room: str, name: str) -> Egress:
        """Begin to record `room` into the object `name`: OGG/Opus, the agent left, everybody else right."""
        ...

    async def stop(self, egress_id: str) -> None:
        """End it; one that has ended may be ended again. Returns before the file has landed."""
        ...

    async def of_room(self, room: str) -> Sequence[Egress]:
        """Those of this room, ended ones included as long as the server remembers them."""
        ...

    async def of_id(self, egress_id: str) -> Egress | None:
        """None: the server knows of none."""
        ...

    async def aclose(self) -> None: ...
