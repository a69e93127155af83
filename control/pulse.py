"""A second opinion on a worker whose lease runs low: asked through the room, past the store, which may be the one that
is broken."""

from __future__ import annotations

import secrets
from enum import StrEnum

from calls.ports import Lease, MemberKind, Rooms, RoomsDown
from control.metrics import Metrics
from control.takeover import CALL_ID_ATTRIBUTE
from ops.clock import Clock

PONG_ATTRIBUTE = "switchboard.pong"
_LOOK_S = 0.04  # an answer takes 5-20 ms


class Answer(StrEnum):
    ALIVE = "alive"
    SILENT = "silent"
    ABSENT = "absent"  # no such participant: it cannot answer
    UNKNOWN = "unknown"  # the media server cannot be asked: nobody knows, and nothing may be done

    @property
    def dead(self) -> bool:
        return self in (Answer.SILENT, Answer.ABSENT)


class Pulse:
    def __init__(self, rooms: Rooms, clock: Clock, metrics: Metrics) -> None:
        self._rooms, self._clock, self._metrics = rooms, clock, metrics

    async def ask(self, room: str, identity: str, patience_s: float) -> Answer:
        """Does the agent's own loop answer within `patience_s` of the question? Never raises."""
        answer = await self._ask(room, identity, patience_s)
        self._metrics.pings.labels(answer.value).inc()
        return answer

    async def ask_about(self, lease: Lease, patience_s: float) -> Answer:
        """Does an agent of this call answer? The lease's own is asked; where that is not in the room, any other of the
        call: one that was sent for and came, but cannot reach the store, is not in the lease. Never raises."""
        answer = await self.ask(lease.room, lease.agent, patience_s)
        if answer is not Answer.ABSENT:
            return answer
        try:
            members = await self._rooms.members(lease.room)
        except RoomsDown:
            return Answer.UNKNOWN
        for member in members:
            ours = member.attributes.get(CALL_ID_ATTRIBUTE) == lease.call_id and member.identity != lease.agent
            if member.kind is MemberKind.AGENT and ours:
                answer = await self.ask(lease.room, member.identity, patience_s)
                if not answer.dead:
                    break
        return answer

    async def _ask(self, room: str, identity: str, patience_s: float) -> Answer:
        if not identity:
            return Answer.ABSENT
        nonce = secrets.token_hex(8)
        try:
            if await self._rooms.attributes(room, identity) is None:
                return Answer.ABSENT
            await self._rooms.ping(room, identity, nonce)
        except RoomsDown:
            return Answer.UNKNOWN
        until, answer = self._clock.monotonic() + patience_s, Answer.UNKNOWN
        while self._clock.monotonic() < until:
            await self._clock.sleep(_LOOK_S)
            try:
                shown = await self._rooms.attributes(room, identity)
            except RoomsDown:
                answer = Answer.UNKNOWN  # it may have answered since
                continue
            if shown is None:
                return Answer.ABSENT
            if shown.get(PONG_ATTRIBUTE) == nonce:
                return Answer.ALIVE
            answer = Answer.SILENT
        return answer
