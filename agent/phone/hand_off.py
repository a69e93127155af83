"""A warm hand-off: the person is dialled into the call's room, told in private who waits, and joined to the caller.

The stock way moves the caller into a room of its own and back, which LiveKit Cloud alone can do. Here nobody moves: who
hears whom is the server's to change. On hold the caller hears music only, the person the agent only; once joined they
hear each other, and the agent stays, silent, to end the call when either leaves. From the hold on the caller's keys
reach nobody: a telephone system that the person sits behind would take them for the person's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from livekit import rtc

from agent.phone.exchange import Exchange, NotReached, Unheard
from agent.phone.hold import Hold
from agent.phone.people import identity_of
from config.telephony import Target
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

ACCEPT, DECLINE = "1", "2"
_BRIEFED_S = 40.0  # a summary of 400 characters takes 25 s to say
_KEY_S = 10.0  # for a person to find it


class HandOff:
    """Of one caller, to one target at a time. `say` speaks to whoever hears the agent; it returns when it was heard.
    `ask`: for which keys they are asked, {accept} and {decline}."""

    def __init__(
        self,
        room: rtc.Room,
        caller: str,
        exchange: Exchange,
        hold: Hold,
        tasks: TaskSet,
        say: Callable[[str], Awaitable[None]],
        ask: str,
    ) -> None:
        self._room, self._caller, self._exchange = room, caller, exchange
        self._hold, self._tasks, self._say = hold, tasks, say
        self._ask = ask.format(accept=ACCEPT, decline=DECLINE)
        self._person = ""
        self._apart = False
        self._left = asyncio.Event()
        self._keys: asyncio.Queue[str] = asyncio.Queue()

    async def to(self, target: Target, carrier: str | None, shown: str, brief: str) -> None:
        """Returns once caller and person are joined. Raises NotReached: the caller hears the agent again."""
        self._person, self._apart = identity_of(target.name), True
        self._left.clear()
        joined = cut_off = False
        try:
            async with self._listening(), self._hold.caller():
                await self._exchange.keys(self._caller, reach=False)
                await self._exchange.dial(
                    target.number, carrier, identity=self._person, shown=shown, ringing_s=target.ringing_s
                )
                self._keys = asyncio.Queue()  # what was pressed before, or in another try, takes no call
                await self._keep_apart()
                await self._briefed(f"{brief} {self._ask}" if target.confirm else brief, ask=target.confirm)
                self._apart = False
                await self.join(self._person)
                joined = True
        except asyncio.CancelledError:
            cut_off = True  # the call is over, or another worker's, which gives the keys back
            raise
        finally:
            self._apart = False
            if not joined:
                await self._exchange.hang_up(self._person)
            if not (joined or cut_off):
                self._tasks.spawn(self._exchange.keys_again(self._caller), name="keys again")

    async def _briefed(self, words: str, *, ask: bool) -> None:
        """Told in private, and willing. Raises NotReached where they hang up or decline meanwhile."""
        try:
            async with asyncio.TaskGroup() as both:
                leaving = both.create_task(self._leaves(), name="leaves")
                await self._told(words, ask=ask)
                leaving.cancel()
        except* NotReached as group:
            raise group.exceptions[0] from None

    async def _leaves(self) -> None:
        await self._left.wait()
        raise NotReached("declined")

    async def _told(self, words: str, *, ask: bool) -> None:
        try:
            async with deadline(_BRIEFED_S, "brief"):
                await self._say(words)
            if ask:
                async with deadline(_KEY_S, "a key"):
                    while (key := await self._keys.get()) != ACCEPT:
                        if key == DECLINE:
                            raise NotReached("declined")
        except DeadlineExceeded as error:
            raise NotReached("no_key" if error.what == "a key" else "unavailable") from error

    async def _keep_apart(self) -> None:
        """The person hears the agent only, the caller does not hear the person. Said again with each new track."""
        if self._apart:
            music = [self._hold.music_sid] if self._hold.music_sid else []
            await self._exchange.hears(self._caller, self._tracks(self._person), yes=False)
            await self._exchange.hears(self._person, [*self._tracks(self._caller), *music], yes=False)

    async def join(self, person: str) -> None:
        """Caller and `person` hear each other. Raises NotReached where the media server does not do it."""
        try:
            await self._exchange.insist(self._caller, self._tracks(person))
            await self._exchange.insist(person, self._tracks(self._caller))
        except Unheard as error:
            raise NotReached("unavailable") from error

    def _tracks(self, identity: str) -> list[str]:
        participant = self._room.remote_participants.get(identity)
        return list(participant.track_publications) if participant else []

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        """To what the room says of the person."""
        listeners: dict[Any, Callable[..., None]] = {
            "participant_connected": self._came,
            "track_published": lambda _, participant: self._came(participant),
            "participant_disconnected": self._gone,
            "sip_dtmf_received": self._pressed,
        }
        for event, listener in listeners.items():
            self._room.on(event, listener)
        try:
            yield
        finally:
            for event, listener in listeners.items():
                self._room.off(event, listener)

    def _came(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity == self._person:
            self._tasks.spawn(self._keep_apart(), name="keep apart")

    def _gone(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity == self._person:
            self._left.set()

    def _pressed(self, event: rtc.SipDTMF) -> None:
        if event.participant is not None and event.participant.identity == self._person:
            self._keys.put_nowait(event.digit[:1])
