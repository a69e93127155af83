"""Rooms with agents that are alive, dead or silent, on the clock of the test; down or slow as the script says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from calls.ports import Member, MemberKind, RoomsDown
from ops.clock import Clock

CALL_ID, EPOCH, PONG = "switchboard.call_id", "switchboard.epoch", "switchboard.pong"


@dataclass
class _Agent:
    attributes: dict[str, str]
    alive: bool = True
    answers: list[tuple[float, str]] = field(default_factory=list)  # nonces, and when they will show


@dataclass
class _Room:
    callers: set[str] = field(default_factory=set)
    agents: dict[str, _Agent] = field(default_factory=dict)


class FakeRooms:
    """Ask `dispatched` (room, worker, metadata), `removed`, `deleted` and `pings` what was done.

    `on_dispatch` is what a worker does about it; without one nobody comes.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rooms: dict[str, _Room] = {}
        self.is_down = False
        self.down_after_pings = False
        self.dispatch_fails = 0
        self.slow_s: dict[str, float] = {}
        self.answer_s = 0.01
        self.dispatched: list[tuple[str, str, dict[str, Any]]] = []
        self.dispatched_at: list[float] = []
        self.removed: list[tuple[str, str]] = []
        self.deleted: list[str] = []
        self.pings: list[tuple[str, str]] = []
        self.on_dispatch: Callable[[str, str, dict[str, Any]], None] = lambda room, worker, metadata: None

    def open(self, room: str, *, caller: bool = True) -> None:
        self._rooms[room] = _Room({"caller"} if caller else set())

    def join(self, room: str, identity: str, call_id: str, epoch: int = 1) -> None:
        attributes = {CALL_ID: call_id, EPOCH: str(epoch)}
        self._rooms[room].agents[identity] = _Agent(attributes)

    def kill(self, room: str, identity: str) -> None:
        """It stays as a ghost."""
        self._rooms[room].agents[identity].alive = False

    def hang_up(self, room: str) -> None:
        self._rooms[room].callers.clear()

    async def names(self) -> frozenset[str]:
        await self._ask("")
        return frozenset(self._rooms)

    async def members(self, room: str) -> Sequence[Member]:
        await self._ask(room)
        found = self._rooms.get(room, _Room())
        callers = [Member(identity, MemberKind.CALLER) for identity in sorted(found.callers)]
        return [*callers, *(Member(name, MemberKind.AGENT, dict(a.attributes)) for name, a in found.agents.items())]

    async def attributes(self, room: str, identity: str) -> Mapping[str, str] | None:
        await self._ask(room)
        agent = self._rooms.get(room, _Room()).agents.get(identity)
        if agent is None:
            return None
        for due, nonce in agent.answers:
            if agent.alive and due <= self._clock.monotonic():
                agent.attributes[PONG] = nonce
        return dict(agent.attributes)

    async def ping(self, room: str, identity: str, nonce: str) -> None:
        await self._ask(room)
        self.pings.append((room, identity))
        self.is_down = self.down_after_pings
        agent = self._rooms.get(room, _Room()).agents.get(identity)
        if agent is not None and agent.alive:
            agent.answers.append((self._clock.monotonic() + self.answer_s, nonce))

    async def dispatch(self, room: str, worker: str, metadata: str) -> None:
        await self._ask(room)
        if self.dispatch_fails:
            self.dispatch_fails -= 1
            raise RoomsDown("the script says so")
        said = json.loads(metadata)
        self.dispatched.append((room, worker, said))
        self.dispatched_at.append(self._clock.monotonic())
        self.on_dispatch(room, worker, said)

    async def remove(self, room: str, identity: str) -> None:
        await self._ask(room)
        self.removed.append((room, identity))
        if room in self._rooms:
            self._rooms[room].agents.pop(identity, None)

    async def delete(self, room: str) -> None:
        await self._ask(room)
        self.deleted.append(room)
        self._rooms.pop(room, None)

    async def ready(self) -> bool:
        return not self.is_down

    async def aclose(self) -> None: ...

    async def _ask(self, room: str) -> None:
        await self._clock.sleep(self.slow_s.get(room, 0.001))
        if self.is_down:
            raise RoomsDown("the script says so")
