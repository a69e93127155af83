"""One call, from the queue to its answer: admitted, claimed, an agent in the room, and only then dialled.

Whatever happens half-way, nobody is dialled twice: the claim is kept before anything rings, and whoever finds a call
that another has claimed never dials it.
"""

from __future__ import annotations

import asyncio
import json

from calls.outbound import DialState, OutboundCall, OutboundCalls
from calls.ports import MemberKind, Rooms, RoomsDown, StoreDown
from config.model import CallCenter
from config.telephony import Outbound
from control.dialling.ledger import Ledger
from control.dialling.phone import CALLEE, Dial, Phone, Result, room_of
from ops import logging
from ops.clock import Clock
from ops.tasks import TaskSet
from sip.outbound.guard import Guard
from sip.outbound.reasons import Refused

_log = logging.get("control.dialling")

READY_ATTRIBUTE = "switchboard.ready"
READY_S = 10.0
_LOOK_S = 0.25
_GOES_S = (
    5.0  # an agent that was told what came of the dial writes it down and goes: at most 2 s and what is left to say
)
_LOOKS_PER_ASK = 4  # the store is asked each second whether the call was cancelled


class Dialling:
    """`worker` is the name that a dispatch asks for."""

    def __init__(
        self,
        call_center: CallCenter,
        calls: OutboundCalls,
        guard: Guard,
        ledger: Ledger,
        lines: tuple[Rooms, Phone],
        clock: Clock,
        *,
        worker: str,
    ) -> None:
        self._call_center, self._calls, self._guard, self._ledger = call_center, calls, guard, ledger
        self._rooms, self._phone = lines
        self._clock, self._worker = clock, worker

    async def run(self, call: OutboundCall) -> None:
        """Until it is answered or over. Raises StoreDown: what it is then is found out by a later look; and NotYet: it
        is queued as before."""
        try:
            await self._guard.admit(call)
        except Refused as refused:
            await self._ledger.become(call, DialState.REFUSED, reason=refused.reason)
            return
        claimed = await self._ledger.become(call, DialState.DIALLING)
        if claimed is None:
            await self._lost(call)
            return
        carrier = self._carrier(call)
        try:
            trunk = await self._phone.trunk(carrier) if carrier else None
            if trunk is None:
                await self._not_dialled(claimed, "no_trunk")
                return
            await self._phone.open(room_of(call.call_id), self._worker, self._metadata(call))
            if not await self._agent_is_ready(call.call_id):
                await self._not_dialled(claimed, "no_agent")
                return
        except RoomsDown:
            await self._not_dialled(claimed, "livekit")
            return
        try:
            await self._guard.check_opt_out(call)
        except Refused as refused:
            await self._ledger.become(claimed, DialState.REFUSED, reason=refused.reason, dialled=False)
            await self._close(call.call_id)
            return
        await self._ring(claimed, trunk)

    async def _lost(self, call: OutboundCall) -> None:
        """Another had it first: cancelled, or claimed by another replica, which then has the number too."""
        await self._guard.undone(call)
        now = await self._calls.get(call.call_id)
        if now is None or now.state.final:
            await self._guard.freed(call)

    async def _agent_is_ready(self, call_id: str) -> bool:
        until = self._clock.monotonic() + READY_S
        while True:
            for member in await self._rooms.members(room_of(call_id)):
                if member.kind is MemberKind.AGENT and member.attributes.get(READY_ATTRIBUTE) == "1":
                    return True
            if self._clock.monotonic() >= until:
                return False
            await self._clock.sleep(_LOOK_S)

    async def _ring(self, call: OutboundCall, trunk: str) -> None:
        outbound = self._outbound(call)
        still = await self._calls.get(call.call_id)  # cancelled while the agent came: not one ring
        if still is None or still.version != call.version:
            await self._close(call.call_id)
            return
        dial = Dial(
            room_of(call.call_id),
            trunk,
            call.number,
            outbound.caller_id,
            outbound.ringing_s,
            call.max_duration_s,
        )
        tasks = TaskSet("dialling")
        dialled = tasks.spawn(self._phone.dial(dial), name="dial")
        try:
            followed = await self._follow(call, dialled)
        finally:
            await tasks.aclose()
        if followed is None:
            await self._close(call.call_id)
            return
        await self._came_to(followed, dialled.result())

    async def _follow(self, call: OutboundCall, dialled: asyncio.Task[Result]) -> OutboundCall | None:
        """The call as it is when the dial has come to something. None: it is not ours any more."""
        looks = 0
        while True:
            await asyncio.wait([dialled], timeout=_LOOK_S)
            if dialled.done():
                return call
            looks += 1
            if call.state is DialState.DIALLING and await self._rings(call.call_id):
                ringing = await self._ledger.become(call, DialState.RINGING)
                if ringing is None:
                    return None
                call = ringing
            if looks % _LOOKS_PER_ASK == 0 and await self._taken_away(call):
                return None

    async def _rings(self, call_id: str) -> bool:
        try:
            attributes = await self._rooms.attributes(room_of(call_id), CALLEE)
        except RoomsDown:
            return False
        return attributes is not None and attributes.get("sip.callStatus") == "ringing"

    async def _taken_away(self, call: OutboundCall) -> bool:
        try:
            now = await self._calls.get(call.call_id)
        except StoreDown:
            return False
        return now is None or now.version != call.version

    async def _came_to(self, call: OutboundCall, result: Result) -> None:
        if result.state.final:
            await self._phone.tell(room_of(call.call_id), result.state)  # first: the agent waits for it
        changed = await self._ledger.become(
            call, result.state, sip_status=result.sip_status, reason=result.reason, dialled=result.dialled
        )
        if changed is None or changed.state.final:
            if result.is_over:
                await self._agent_goes(call.call_id)
            await self._close(call.call_id)

    async def _agent_goes(self, call_id: str) -> None:
        """By itself: a room that is deleted over the agent's head can overtake the word of why, and the call's record
        would say that we had cancelled it."""
        until = self._clock.monotonic() + _GOES_S
        while self._clock.monotonic() < until:
            try:
                members = await self._rooms.members(room_of(call_id))
            except RoomsDown:
                return
            if not any(member.kind is MemberKind.AGENT for member in members):
                return
            await self._clock.sleep(_LOOK_S)

    async def _not_dialled(self, call: OutboundCall, reason: str) -> None:
        await self._ledger.become(call, DialState.FAILED, reason=reason, dialled=False)
        await self._close(call.call_id)

    async def _close(self, call_id: str) -> None:
        try:
            await self._rooms.delete(room_of(call_id))
        except RoomsDown:
            _log.warning("room not deleted", call_id=call_id)

    def _carrier(self, call: OutboundCall) -> str | None:
        line = self._call_center.lines.get(call.line)
        return line.telephony.carrier if line else None

    def _outbound(self, call: OutboundCall) -> Outbound:
        outbound = self._call_center.lines[call.line].telephony.outbound
        assert outbound is not None, "the guard admits calls of lines that may call only"  # noqa: S101
        return outbound

    def _metadata(self, call: OutboundCall) -> str:
        outbound = self._outbound(call)
        return json.dumps(
            {
                "direction": "outbound",
                "call_id": call.call_id,
                "line": call.line,
                "persona": call.persona,
                "outbound": {
                    "callee": CALLEE,
                    "number": call.number,
                    "data": dict(call.data),
                    "purpose": call.purpose,
                    "voicemail": outbound.voicemail,
                    "ringing_s": outbound.ringing_s,
                    "max_duration_s": call.max_duration_s,
                },
            }
        )
