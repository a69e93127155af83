"""Calls that nobody here is dialling: answered ones until their end, and those a control left half-way when it died.

None of them is ever dialled again. What the room says decides.
"""

from __future__ import annotations

from calls.outbound import DialState, OutboundCall
from calls.ports import Member, Rooms, RoomsDown
from config.model import CallCenter
from control.dialling.ledger import Ledger
from control.dialling.phone import CALLEE, room_of
from ops import logging
from ops.clock import Clock

_log = logging.get("control.dialling")

LATE_S = 20.0
"""For the agent to come and the callee to be dialled, and for an answer to be told; the same beyond the ringing."""
OVERTIME_S = 10.0  # the agent says goodbye first; LiveKit hangs up by itself only some time after us
_RINGING_S = 30.0


class Following:
    def __init__(self, call_center: CallCenter, ledger: Ledger, rooms: Rooms, clock: Clock) -> None:
        self._lines, self._ledger, self._rooms, self._clock = call_center.lines, ledger, rooms, clock

    async def look(self, call: OutboundCall) -> None:
        """Raises StoreDown. A room that cannot be asked for now is looked at again later."""
        try:
            members = await self._rooms.members(room_of(call.call_id))
            callee = next((member for member in members if member.identity == CALLEE), None)
            if call.state is DialState.ANSWERED:
                await self._answered(call, callee)
            else:
                await self._left_half_way(call, callee)
        except RoomsDown:
            _log.warning("look put off", component="dialling", call_id=call.call_id)

    async def _answered(self, call: OutboundCall, callee: Member | None) -> None:
        if callee is None:
            await self._ledger.become(call, DialState.COMPLETED)
        elif self._clock.now() - call.changed_at > call.max_duration_s + OVERTIME_S:
            _log.warning("outbound call ended, it was too long", call_id=call.call_id)
            await self._rooms.remove(room_of(call.call_id), CALLEE)

    async def _left_half_way(self, call: OutboundCall, callee: Member | None) -> None:
        status = callee.attributes.get("sip.callStatus", "") if callee else ""
        if status == "active":
            await self._ledger.become(call, DialState.ANSWERED)  # who knows since when: without the status
            return
        age_s = self._clock.now() - call.changed_at
        if age_s <= (LATE_S if callee is None else self._ringing_s(call) + LATE_S):
            return
        await self._rooms.delete(room_of(call.call_id))
        await self._ledger.become(call, DialState.FAILED, reason="interrupted")

    def _ringing_s(self, call: OutboundCall) -> float:
        line = self._lines.get(call.line)
        return line.telephony.outbound.ringing_s if line and line.telephony.outbound else _RINGING_S
