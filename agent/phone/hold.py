"""A caller on hold hears music, and is heard by nobody; the agent's voice is free for somebody else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from livekit import rtc

from agent.phone.exchange import Exchange
from agent.phone.music import Music
from ops import logging
from ops.deadline import DeadlineExceeded, deadline

_log = logging.get(__name__)

_PUBLISH_S = 5.0


class Away(Protocol):
    """Neither listens to the caller nor minds their silence while `on`."""

    def __call__(self, *, on: bool) -> None: ...


class Hold:
    """`caller` is an identity in `room`. `voice` gives the sid of the agent's own track, "" while there is none."""

    def __init__(self, room: rtc.Room, caller: str, exchange: Exchange, away: Away, voice: Callable[[], str]) -> None:
        self._room, self._caller, self._exchange = room, caller, exchange
        self._away, self._voice = away, voice
        self.music_sid = ""

    @asynccontextmanager
    async def caller(self) -> AsyncIterator[None]:
        """On hold for as long as the block lasts; whatever ends it, the agent and the caller hear each other again.
        Raises Unheard where the media server does not do that: the caller could not be told, and the call must end."""
        music = Music(self._room)
        self._away(on=True)
        try:
            await self._play(music)
            await self._exchange.hears(self._caller, self._own(), yes=False)
            yield
        finally:
            self.music_sid = ""
            try:
                await music.aclose()
                await self._exchange.insist(self._caller, self._own())
            finally:
                self._away(on=False)

    def _own(self) -> list[str]:
        return [sid] if (sid := self._voice()) else []

    async def _play(self, music: Music) -> None:
        """Without music the hold is silent, and goes on."""
        try:
            async with deadline(_PUBLISH_S, "hold music"):
                self.music_sid = await music.start()
        except (DeadlineExceeded, RuntimeError, rtc.participant.PublishTrackError) as error:
            _log.warning("no hold music", error_type=type(error).__name__)
