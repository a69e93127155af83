"""Rooms that no lease speaks for. With a caller in it: the store has forgotten the call, and its worker may be dead.
Without one: nobody will ever close it.

Only rooms with an agent of ours in them are touched, or those that an open call's record names: other people's rooms
are none of our business.
"""

from __future__ import annotations

from dataclasses import dataclass

from calls.ids import is_call_id
from calls.outcome import Outcome
from calls.ports import CallStore, Lease, Member, MemberKind, RecordUnreadable, Rooms, RoomsDown
from calls.record import CallRecord
from control.metrics import Metrics
from control.pulse import Pulse
from control.survey import Since, Survey, each
from control.takeover import CALL_ID_ATTRIBUTE, Dead, TakeOver
from ops import logging
from ops.clock import Clock

_log = logging.get("control.orphans")

EPOCH_ATTRIBUTE = "switchboard.epoch"
SILENT_S = 3.0
ORPHAN_S = 10.0
_PATIENCE_S = 1.0
_MAX_EPOCH = 1000  # as agent/callers.py: more is nonsense


@dataclass(frozen=True, slots=True)
class _Room:
    """A room of ours: who is in it, and the newest agent's call."""

    name: str
    callers: tuple[Member, ...]
    agents: tuple[Member, ...]
    call_id: str
    record: CallRecord | None

    @property
    def over(self) -> bool:
        return self.record is not None and self.record.closed

    @property
    def epoch(self) -> int | None:
        """None: neither the agent nor the store knows of the call, so nothing says that its worker uses this store."""
        known = [_epoch(agent) for agent in self.agents] + [self.record.epoch if self.record else 0]
        return max(known) or None


class Orphans:
    """`worker` is sent where nothing says who had the call."""

    def __init__(
        self,
        rooms: Rooms,
        store: CallStore,
        pulse: Pulse,
        takeover: TakeOver,
        clock: Clock,
        metrics: Metrics,
        *,
        worker: str,
    ) -> None:
        self._rooms, self._store, self._pulse, self._takeover = rooms, store, pulse, takeover
        self._clock, self._metrics, self._worker = clock, metrics, worker
        self._alone: Since[str] = Since(clock)
        self._silent: Since[str] = Since(clock)

    @property
    def waiting(self) -> bool:
        """Is there one that must be looked at again?"""
        return len(self._alone) + len(self._silent) > 0

    async def look(self, survey: Survey) -> None:
        """Judge each room by itself. Raises StoreDown; a room the server cannot speak for now is left for later."""
        by_record = {record.room: record for record in survey.records.values()}
        alone: set[str] = set()
        silent: set[str] = set()

        async def judge(name: str) -> None:
            try:
                room = await self._ours(name, by_record.get(name))
                if room is None:
                    return
                if room.callers and not room.over:
                    await self._with_caller(room, survey, silent)
                elif await self._left_behind(room):
                    await self._alone_for_long(room, alone)
            except RoomsDown:
                return

        await each(survey.rooms - survey.occupied, judge)
        self._alone.forget_all_but(alone)
        self._silent.forget_all_but(silent)

    async def _ours(self, name: str, record: CallRecord | None) -> _Room | None:
        members = await self._rooms.members(name)
        agents = [member for member in members if member.kind is MemberKind.AGENT and _call_id(member)]
        agents.sort(key=_epoch)
        if not agents and record is None:
            return None
        call_id = _call_id(agents[-1]) if agents else record.call_id if record else ""
        if record is None or record.call_id != call_id:
            record = await self._known(call_id)
        callers = tuple(member for member in members if member.kind is MemberKind.CALLER)
        return _Room(name, callers, tuple(agents), call_id, record)

    async def _known(self, call_id: str) -> CallRecord | None:
        try:
            return await self._store.record(call_id)
        except RecordUnreadable:
            return None

    async def _with_caller(self, room: _Room, survey: Survey, silent: set[str]) -> None:
        """A caller, and no lease at all: a living worker renews its own at once, so ask; a dead one stays silent."""
        if room.call_id in survey.held or room.epoch is None:
            return  # lapsed or given up: the watcher has it
        if not await self._all_dead(room):
            return
        silent.add(room.name)
        silent_s = self._silent.seen(room.name)
        if silent_s < SILENT_S:
            return
        lease = Lease(
            call_id=room.call_id,
            epoch=room.epoch,
            room=room.name,
            agent=room.agents[-1].identity if room.agents else "",
            worker=self._worker,
            line=room.record.line if room.record else "",
            persona=room.record.persona if room.record else "",
        )
        await self._takeover.take(Dead(lease, "no_lease", self._clock.monotonic() - silent_s))

    async def _left_behind(self, room: _Room) -> bool:
        """Nobody to talk to, or a call that is over; and no living agent. A transferred caller is left in peace."""
        if room.over and room.callers and room.record and room.record.outcome is Outcome.TRANSFERRED:
            return False
        return bool(room.agents) and await self._all_dead(room)

    async def _alone_for_long(self, room: _Room, alone: set[str]) -> None:
        alone.add(room.name)
        if self._alone.seen(room.name) < ORPHAN_S:
            return
        await self._rooms.delete(room.name)
        self._metrics.orphan_rooms.inc()
        _log.warning("orphan room deleted", call_id=room.call_id)

    async def _all_dead(self, room: _Room) -> bool:
        for agent in room.agents:
            if not (await self._pulse.ask(room.name, agent.identity, _PATIENCE_S)).dead:
                return False
        return True


def _call_id(member: Member) -> str:
    found = member.attributes.get(CALL_ID_ATTRIBUTE, "")
    return found if is_call_id(found) else ""


def _epoch(member: Member) -> int:
    """0 where it says none."""
    said = member.attributes.get(EPOCH_ATTRIBUTE, "")
    return min(int(said), _MAX_EPOCH) if said.isascii() and said.isdigit() else 0
