"""A call whose caller is put through, and everybody in it played: the room, the far end, the hold, the store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from livekit import rtc

from agent.phone.exchange import Exchange, NotReached, Unheard
from agent.phone.hold import Hold
from agent.phone.people import is_person
from agent.phone.put_through import PutThrough, Whose
from calls.policy import Policy
from calls.record import Leg
from config.model import Line, Persona, Practice
from config.telephony import Outbound, Target, Telephony
from ops.tasks import TaskSet
from sip.outbound.people import PeopleGuard
from tests.fakes.clock import FakeClock
from tests.fakes.permits import FakePermits

DESK = Target("front-desk", "+15550100090", "the front desk")
PRACTICE = Practice("Larkfield", "1 Road", "Europe/London", {})
ADA = Persona("ada", "Be kind.", "Hello.", "fable", "en-US", ())
SHOWN = "+15550100001"


def line(target: Target = DESK) -> Line:
    outbound = Outbound(
        SHOWN, ("US",), calls_per_hour=4, price_per_minute=1.0, spend_per_day=110.0
    )  # two at 55 minutes
    telephony = Telephony("local", outbound=outbound, targets={target.name: target})
    return Line("clinic", (SHOWN,), ADA, "Hello.", "fable", "en-US", (), Policy(), PRACTICE, telephony)


class Room:
    """Who is in it, and listeners that can be told."""

    def __init__(self) -> None:
        self.remote_participants = {"caller": participant("caller", "TR_caller")}
        self._listeners: dict[str, list[Any]] = {}

    def on(self, event: str, listener: Any) -> None:
        self._listeners.setdefault(event, []).append(listener)

    def off(self, event: str, listener: Any) -> None:
        self._listeners[event].remove(listener)

    def tell(self, event: str, *what: Any) -> None:
        for listener in list(self._listeners.get(event, [])):
            listener(*what)

    def join(self, identity: str) -> None:
        self.remote_participants[identity] = participant(identity, f"TR_{identity}")
        self.tell("participant_connected", self.remote_participants[identity])

    def leave(self, identity: str) -> None:
        self.tell("participant_disconnected", self.remote_participants.pop(identity))

    def press(self, identity: str, key: str) -> None:
        self.tell("sip_dtmf_received", SimpleNamespace(participant=participant(identity, ""), digit=key))


def participant(identity: str, sid: str) -> Any:
    shown = {"sip.callStatus": "active"}
    return SimpleNamespace(identity=identity, attributes=shown, track_publications={sid: None} if sid else {})


@dataclass
class FakeExchange:
    """`answer`: what the far end does: None takes the call after a second, else the reason why not. `deaf` is who must
    not hear which track just now."""

    room: Room
    answer: str | None = None
    refer_answer: str | None = None
    refer_s: float = 0.0
    refuses: bool = False  # to let anybody hear anybody
    dialled: list[tuple[str, str | None, str]] = field(default_factory=list)
    referred: list[str] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    deaf: set[tuple[str, str]] = field(default_factory=set)
    keyless: set[str] = field(default_factory=set)

    async def dial(self, number: str, carrier: str | None, *, identity: str, shown: str, ringing_s: float) -> None:
        self.dialled.append((number, carrier, shown))
        self.room.join(identity)
        await asyncio.sleep(1.0)
        if self.answer:
            self.room.leave(identity)
            raise NotReached(self.answer)

    async def refer(self, caller: str, number: str, *, ringing_s: float) -> None:
        self.referred.append(number)
        await asyncio.sleep(self.refer_s)
        if self.refer_answer:
            raise NotReached(self.refer_answer)

    async def hears(self, listener: str, tracks: list[str], *, yes: bool) -> bool:
        for track in tracks:
            (self.deaf.discard if yes else self.deaf.add)((listener, track))
        return True

    async def insist(self, listener: str, tracks: list[str]) -> None:
        if self.refuses:
            raise Unheard("no")
        await self.hears(listener, tracks, yes=True)

    async def keys(self, identity: str, *, reach: bool) -> bool:
        (self.keyless.discard if reach else self.keyless.add)(identity)
        return True

    async def keys_again(self, identity: str) -> None:
        assert not any(map(is_person, self.room.remote_participants)), "into whose telephone they would go"
        await self.keys(identity, reach=True)

    async def hang_up(self, identity: str) -> None:
        self.hung_up.append(identity)
        if identity in self.room.remote_participants:
            self.room.leave(identity)


@dataclass
class FakeHold:
    holding: bool = False
    music_sid: str = "TR_music"

    @asynccontextmanager
    async def caller(self) -> AsyncIterator[None]:
        self.holding = True
        try:
            yield
        finally:
            self.holding = False


@dataclass
class FakeCall:
    hold: FakeHold
    said: list[tuple[str, bool]] = field(default_factory=list)  # words, and was the caller on hold
    notes: dict[str, Any] = field(default_factory=dict)
    told: str = ""
    results: list[tuple[str, str]] = field(default_factory=list)
    attends: bool = False
    is_away: bool = False
    ended: str = ""

    async def spoken(self) -> None:
        await asyncio.sleep(0.5)

    async def say(self, words: str, *, in_talk: bool) -> None:
        self.said.append((words, self.hold.holding))
        await asyncio.sleep(2.0)

    def note(self, **data: Any) -> None:
        self.notes |= data

    def to_be_told(self) -> str:
        return self.told

    def came_to(self, target: str, result: str, **data: Any) -> None:
        self.results.append((target, result))
        self.notes |= data

    def away(self, *, on: bool) -> None:
        self.is_away = on

    def attend(self) -> None:
        self.attends = True

    def transferred(self, reason: str) -> None:
        self.ended = self.ended or reason


class Scene:
    def __init__(
        self,
        target: Target = DESK,
        *,
        leg: Leg = Leg.SIP,
        tasks: TaskSet | None = None,
        of: Line | None = None,
        **answers: Any,
    ) -> None:
        of = of or line(target)
        self.room, self.hold, self.tasks = Room(), FakeHold(), tasks or TaskSet("call")
        self.exchange, self.call = FakeExchange(self.room, **answers), FakeCall(self.hold)
        self.clock = FakeClock()
        self.permits = FakePermits(self.clock)
        self.through = PutThrough(
            of,
            Whose("caller", leg, "call-1"),
            cast(rtc.Room, self.room),
            cast(Exchange, self.exchange),
            cast(Hold, self.hold),
            PeopleGuard(of, "call-1", self._ledgers, self.clock),
            self.tasks,
            self.call,
        )

    @asynccontextmanager
    async def _ledgers(self) -> AsyncIterator[FakePermits]:
        yield self.permits

    async def spent(self) -> int:
        """Of the line's day."""
        day = f"outbound:spend:clinic:{datetime.fromtimestamp(self.clock.now(), UTC):%Y-%m-%d}"
        return [await self.permits.take(day, 0.0, float(spent), 1.0) for spent in range(111)].index(True)
