"""Gives a call whose worker died to a new one, or ends it where nobody is left to talk to.

The lease is raised to the next epoch first: from then on no other replica and no older worker has the call. All that is
needed is read from the store and the room, so a control that dies half-way is followed by one that begins again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from calls.ports import (
    CallStore,
    Lease,
    LeaseLost,
    Leases,
    Member,
    MemberKind,
    RecordUnreadable,
    Rooms,
    RoomsDown,
    StoreDown,
)
from calls.record import CallRecord
from control.attempts import Attempts
from control.dialling.phone import direction_of, is_there
from control.endings import END_NEVER_WRITTEN, WORKER_LOST, Endings
from control.metrics import Metrics
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline

_log = logging.get("control.takeover")

CALL_ID_ATTRIBUTE = "switchboard.call_id"
TTL_S = 8.0  # for the new worker to come: a warm process needs 0.3 s, a cold one several
DISPATCH_S = 3.0  # for the media server to take the order, asked again and again
_AGAIN_S = 0.25
_STORE_S = 1.0


class Result(StrEnum):
    TAKEN = "taken"
    LOST = "lost"  # somebody else did, or we do not lead any more
    OVER = "over"  # the call had ended
    NOBODY = "nobody"  # no caller in the room: closed
    GIVEN_UP = "given_up"  # closed: too many tries
    LATER = "later"  # the store or the media server is down: nothing was done, or it will lapse again


@dataclass(frozen=True, slots=True)
class Dead:
    """A call without a living worker. `lease` is the dead one's, `since` the monotonic time at which it ran out."""

    lease: Lease
    reason: str
    since: float


class TakeOver:
    def __init__(
        self,
        state: tuple[CallStore, Leases],
        rooms: Rooms,
        clock: Clock,
        metrics: Metrics,
        confirm: Callable[[], Awaitable[bool]],
    ) -> None:
        self._store, self._leases = state
        self._rooms, self._clock, self._metrics, self._confirm = rooms, clock, metrics, confirm
        self._endings = Endings(self._store, clock, metrics)
        self._attempts = Attempts(clock)

    async def take(self, dead: Dead) -> Result:
        """Once per lapse. Never raises but for a bug: what could not be done is found again at a later look."""
        try:
            return await self._take(dead)
        except LeaseLost:
            return Result.LOST
        except (StoreDown, RoomsDown, DeadlineExceeded) as error:
            call_id = dead.lease.call_id
            _log.warning("take-over put off", call_id=call_id, reason=dead.reason, error_type=type(error).__name__)
            return Result.LATER

    async def _take(self, dead: Dead) -> Result:
        lease = dead.lease
        record = await self._known(lease.call_id)
        if record is not None and record.closed:
            await self._over(lease.call_id, lease.epoch)
            return Result.OVER
        members = await self._rooms.members(lease.room)
        next_one = replace(lease, epoch=lease.epoch + 1, agent="")  # whoever comes first
        if not await self._confirm():
            return Result.LOST
        async with deadline(_STORE_S, "lease"):
            await self._leases.renew(next_one, TTL_S)
        if not any(is_there(member, lease.room) for member in members):
            return await self._end(next_one, END_NEVER_WRITTEN, Result.NOBODY)
        written = record.epoch if record else None
        if self._attempts.exhausted(lease.call_id, epoch=lease.epoch, written=written):
            return await self._end(next_one, WORKER_LOST, Result.GIVEN_UP)
        self._attempts.made(lease.call_id, written=written)
        return await self._send(dead, next_one, record, _ghosts(members, lease))

    async def _known(self, call_id: str) -> CallRecord | None:
        """None also where nobody can read it: the lease says enough to send a worker, and the caller waits."""
        try:
            async with deadline(_STORE_S, "call record"):
                return await self._store.record(call_id)
        except RecordUnreadable as error:
            _log.warning("record cannot be read", call_id=call_id, error=error)
            return None

    async def _send(self, dead: Dead, lease: Lease, record: CallRecord | None, ghosts: Sequence[str]) -> Result:
        sent = False
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._remove(lease, ghosts), name="remove the ghost")
                order = both.create_task(self._dispatch(lease, record), name="dispatch")
            sent = order.result()
        finally:
            if not sent:  # also where we are stopped half-way: the next leader need not wait for the lease to run out
                await self._back(lease)
        if not sent:
            return Result.LATER
        elapsed_s = self._clock.monotonic() - dead.since
        self._metrics.takeovers.labels(dead.reason).inc()
        self._metrics.takeover.observe(max(0.0, elapsed_s))
        _log.warning(
            "call taken over",
            call_id=lease.call_id,
            epoch=lease.epoch,
            reason=dead.reason,
            elapsed_s=round(elapsed_s, 3),
        )
        return Result.TAKEN

    async def _dispatch(self, lease: Lease, record: CallRecord | None) -> bool:
        """False where the media server did not take the order in time."""
        metadata = _metadata(lease, record)
        until = self._clock.monotonic() + DISPATCH_S
        while True:
            try:
                await self._rooms.dispatch(lease.room, lease.worker, metadata)
            except RoomsDown:
                if self._clock.monotonic() >= until:
                    return False
                await self._clock.sleep(_AGAIN_S)
            else:
                return True

    async def _remove(self, lease: Lease, ghosts: Sequence[str]) -> None:
        for ghost in ghosts:
            try:
                await self._rooms.remove(lease.room, ghost)
            except RoomsDown:  # the server drops it by itself after 20 s
                _log.warning("ghost not removed", call_id=lease.call_id, epoch=lease.epoch)

    async def _end(self, lease: Lease, failure: str, result: Result) -> Result:
        async with deadline(_STORE_S, "call record"):
            await self._endings.close(lease.call_id, failure, epoch=lease.epoch)
        await self._rooms.delete(lease.room)
        await self._over(lease.call_id, lease.epoch)
        return result

    async def _over(self, call_id: str, epoch: int) -> None:
        self._attempts.forget(call_id)
        async with deadline(_STORE_S, "lease"):
            await self._leases.release(call_id, epoch)

    async def _back(self, lease: Lease) -> None:
        try:
            async with deadline(_STORE_S, "lease"):
                await self._leases.give_up(lease.call_id, lease.epoch)
        except (StoreDown, DeadlineExceeded):
            return  # it runs out by itself


def _ghosts(members: Sequence[Member], lease: Lease) -> list[str]:
    """Every agent of the call that is in the room now is of an older epoch; the lease's own may be in no list yet."""
    agents = [
        member.identity
        for member in members
        if member.kind is MemberKind.AGENT
        and (member.identity == lease.agent or member.attributes.get(CALL_ID_ATTRIBUTE) == lease.call_id)
    ]
    return agents or ([lease.agent] if lease.agent else [])


def _metadata(lease: Lease, record: CallRecord | None) -> str:
    line = lease.line or (record.line if record else None)
    persona = lease.persona or (record.persona if record else None)
    # A record that nobody can read says nothing of it, the room's name does: who was called must not be asked what for.
    direction = record.direction if record else direction_of(lease.room)
    return json.dumps(
        {
            "resume": lease.call_id,
            "epoch": lease.epoch,
            "line": line,
            "persona": persona,
            "direction": direction.value,
        }
    )
