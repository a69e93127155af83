"""An outbound call before it is a talk: asked for, dialled, and what became of it. A port, as calls.ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol


class DialState(StrEnum):
    """QUEUED -> DIALLING -> RINGING -> ANSWERED -> COMPLETED, or one of the others, from which nothing follows."""

    QUEUED = "queued"
    DIALLING = "dialling"
    RINGING = "ringing"
    ANSWERED = "answered"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    REJECTED = "rejected"
    FAILED = "failed"
    REFUSED = "refused"  # by us, before anything was dialled
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self not in (DialState.QUEUED, DialState.DIALLING, DialState.RINGING, DialState.ANSWERED)


@dataclass(frozen=True, slots=True)
class OutboundCall:
    """One order to call. `call_id` is that of the call record too. Times are UTC epoch seconds.

    `reason` is a word where it was refused or failed; `sip_status` the far end's final answer, 0: none came, or
    nobody saw it come.
    """

    call_id: str
    number: str
    line: str
    persona: str
    asked_at: float
    not_before: float = 0.0
    data: Mapping[str, str] = field(default_factory=dict)  # for the persona, checked against its schema
    purpose: str = ""
    max_duration_s: float = 0.0
    state: DialState = DialState.QUEUED
    changed_at: float = 0.0
    sip_status: int = 0
    reason: str = ""
    webhook: str = ""  # told of each change; empty: nobody
    version: int = 0

    @property
    def due_at(self) -> float:
        """When it may be dialled."""
        return max(self.asked_at, self.not_before)

    def become(self, state: DialState, at: float, **changes: Any) -> OutboundCall:
        """The next version. A final state is final: the same call comes back."""
        if self.state.final:
            return self
        return replace(self, state=state, changed_at=at, version=self.version + 1, **changes)


class OutboundCalls(Protocol):
    """Orders to call, shared by all replicas of control/. All raise calls.ports.StoreDown.

    What `order` and `change` keep of a call with a webhook is `untold` from that moment on, until it is `told`.
    """

    async def order(self, call: OutboundCall, idempotency_key: str) -> OutboundCall:
        """Keep it; where the key was used before (24 h), the call of then, as it is now, and nothing is kept."""
        ...

    async def ordered(self, idempotency_key: str) -> OutboundCall | None:
        """The call that the key was used for in the last 24 h."""
        ...

    async def get(self, call_id: str) -> OutboundCall | None: ...

    async def change(self, call: OutboundCall) -> bool:
        """Keep this version; False where another writer kept that version first."""
        ...

    async def unfinished(self, due_by: float | None = None) -> Sequence[OutboundCall]:
        """Those not in a final state, the first to be dialled first; with `due_by` those due until then."""
        ...

    async def recent(self, count: int) -> Sequence[OutboundCall]:
        """The newest orders, whatever became of them, newest first; at most 1000 are known."""
        ...

    async def orders_to(self, number: str) -> Sequence[str]:
        """Ids of the orders to call this number, whatever became of them."""
        ...

    async def forget(self, call_id: str, number: str | None = None) -> bool:
        """Nothing is kept of the order any more, nor told; `number` is its own, if known. False: it is not in a final
        state, and stays."""
        ...

    async def engage(self, number: str, call_id: str, ttl_s: float) -> bool:
        """Only one call to a number at a time: False where another call has it."""
        ...

    async def release(self, number: str, call_id: str) -> None: ...

    async def untold(self) -> Sequence[OutboundCall]:
        """Each call as it was at a change of which nobody was told yet: by call, in the order of its changes."""
        ...

    async def told(self, call: OutboundCall) -> None:
        """This version of it has been told, or never will be."""
        ...
