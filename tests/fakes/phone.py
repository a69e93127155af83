"""A telephone network and its rooms, on the clock of the test: each number does what the script says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calls.outbound import DialState
from calls.ports import Member, MemberKind, RoomsDown
from control.dialling.phone import CALLEE, Dial, Result
from ops.clock import Clock
from tests.fakes.rooms import FakeRooms

ANSWERED = Result(DialState.ANSWERED, 200)
NEVER_S = 1e9


@dataclass
class Behaviour:
    """`result` after ringing for `rings_s`; an answered one hangs up `talks_s` later."""

    rings_s: float = 3.0
    result: Result = ANSWERED
    talks_s: float = NEVER_S


@dataclass
class _Leg:
    rings_at: float
    active_at: float = NEVER_S
    leaves_at: float = NEVER_S


@dataclass
class _Room:
    metadata: dict[str, Any]
    agent_at: float
    leg: _Leg | None = None
    agent_leaves_at: float = NEVER_S


class FakePhone(FakeRooms):
    """Phone and Rooms in one. `dialled` has every dial, `opened` every room's metadata; `agent_s` is how long an agent
    takes to be ready (None: none comes), `goes_s` how long to go once it was told what came of its dial."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.script: dict[str, Behaviour] = {}
        self.agent_s: float | None = 0.3
        self.goes_s = 0.4
        self.has_trunk = True
        self.keeps_rooms = False  # a room that is deleted stays: the order did not arrive
        self.looks = 0
        self.dialled: list[Dial] = []
        self.opened: list[dict[str, Any]] = []
        self.told: list[tuple[str, DialState]] = []
        self.cut_off: list[str] = []  # rooms that were deleted while an agent was in them, or still to come
        self._places: dict[str, _Room] = {}

    async def trunk(self, carrier: str) -> str | None:
        await self._ask("")
        return f"ST_{carrier}" if self.has_trunk else None

    async def open(self, room: str, worker: str, metadata: str) -> None:  # type: ignore[override]
        await self._ask(room)
        agent_at = NEVER_S if self.agent_s is None else self._clock.monotonic() + self.agent_s
        self._places[room] = _Room(json.loads(metadata) | {"worker": worker}, agent_at)
        self.opened.append(self._places[room].metadata)

    async def dial(self, dial: Dial) -> Result:
        self.dialled.append(dial)
        behaviour = self.script.get(dial.number, Behaviour())
        place = self._places.get(dial.room)
        if place is None or not behaviour.result.dialled:
            return behaviour.result
        place.leg = leg = _Leg(self._clock.monotonic() + 0.2)
        until = self._clock.monotonic() + min(behaviour.rings_s, dial.ringing_s)
        while self._clock.monotonic() < until:
            await self._clock.sleep(0.05)
            if dial.room not in self._places:
                return Result(DialState.NO_ANSWER)
        now = self._clock.monotonic()
        if behaviour.rings_s > dial.ringing_s or behaviour.result.state is not DialState.ANSWERED:
            leg.leaves_at = now
            return Result(DialState.NO_ANSWER) if behaviour.rings_s > dial.ringing_s else behaviour.result
        leg.active_at, leg.leaves_at = now, now + behaviour.talks_s
        return behaviour.result

    async def tell(self, room: str, state: DialState) -> None:
        if room in self._places:
            self.told.append((room, state))
            self._places[room].agent_leaves_at = self._clock.monotonic() + self.goes_s

    async def members(self, room: str) -> Sequence[Member]:
        await self._ask(room)
        self.looks += 1
        place, now = self._places.get(room), self._clock.monotonic()
        if place is None:
            return []
        agent = Member("agent-1", MemberKind.AGENT, {"switchboard.ready": "1"})
        found = [agent] if place.agent_at <= now < place.agent_leaves_at else []
        leg = place.leg
        if leg is not None and now < leg.leaves_at:
            status = "active" if now >= leg.active_at else "ringing" if now >= leg.rings_at else "dialing"
            found.append(Member(CALLEE, MemberKind.CALLER, {"sip.callStatus": status}))
        return found

    async def attributes(self, room: str, identity: str) -> Mapping[str, str] | None:
        members = {member.identity: member for member in await self.members(room)}
        return members[identity].attributes if identity in members else None

    async def names(self) -> frozenset[str]:
        await self._ask("")
        return frozenset(self._places)

    async def remove(self, room: str, identity: str) -> None:
        await super().remove(room, identity)
        place = self._places.get(room)
        if place is not None and place.leg is not None and identity == CALLEE:
            place.leg.leaves_at = self._clock.monotonic()

    async def delete(self, room: str) -> None:
        await super().delete(room)
        if (place := self._places.get(room)) is not None and self._clock.monotonic() < place.agent_leaves_at:
            self.cut_off.append(room)
        if not self.keeps_rooms:
            self._places.pop(room, None)

    def callee_leaves(self, room: str) -> None:
        place = self._places[room]
        assert place.leg is not None
        place.leg.leaves_at = self._clock.monotonic()

    async def _ask(self, room: str) -> None:
        if self.is_down:
            raise RoomsDown("the script says so")
