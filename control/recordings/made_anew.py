"""A room that an egress made anew after its call had ended, and in which nobody ever comes.

An egress that was asked for just before the end joins when the room is gone already, and LiveKit makes it anew for it
(room.auto_create): there it would record nobody, and the room outlives it by `empty_timeout`, 300 s where nobody has
set it (livekit-server 1.13.5, pkg/rtc/room.go: CloseIfEmpty; seen with the real one, 2026-11-21).
"""

from __future__ import annotations

from calls.ports import MemberKind, Rooms, RoomsDown
from calls.record import CallRecord
from control.recordings.evidence import Evidence
from control.recordings.verdict import GHOST_S, RECORDING, came_after
from ops import logging
from recording.names import call_of

_log = logging.get("control.recordings")

_SKEW_S = 5.0  # egress' clock is another machine's than the worker's
_REMAINS_S = 90.0  # after the egress: by then the last of several looks has come (prover.py: TIDY_S)


class MadeAnew:
    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def clear(self, record: CallRecord, evidence: Evidence, now: float) -> None:
        """Delete it, unless a caller or an agent is there. Again where it is gone: nothing. Where the server cannot be
        asked, the next look does it."""
        if not _may_be(record, evidence, now):
            return
        try:
            members = await self._rooms.members(record.room)
            if all(member.kind is MemberKind.OTHER for member in members):
                await self._rooms.delete(record.room)
        except RoomsDown as error:
            _log.warning("room made anew cannot be deleted", call_id=record.call_id, error_type=type(error).__name__)


def _may_be(record: CallRecord, evidence: Evidence, now: float) -> bool:
    """Is there an egress of this call that may have joined after its end, and not long ago? One that is at work is
    stopped first (verdict.py: ghosts_of): whose room is deleted while it joins tries again, and makes it once more."""
    found = False
    for each in (evidence.egresses or {}).values():
        recent = not each.status.ended or now - max(record.ended_at or 0.0, each.ended_at or 0.0) < _REMAINS_S
        ours = each.room == record.room and call_of(each.name) in (record.call_id, None)
        if ours and recent and came_after(record, each, skew_s=_SKEW_S):
            if each.status in RECORDING and now - (record.ended_at or now) < GHOST_S:
                return False
            found = True
    return found
