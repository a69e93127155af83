"""A caller on hold hears music, and is heard by nobody; the agent's voice is free for somebody else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

from livekit import rtc
from livekit.agents import AgentSession

from agent.phone.exchange import Exchange
from agent.phone.music import Music
from ops import logging
from ops.deadline import DeadlineExceeded, deadline

_log = logging.get(__name__)

_PUBLISH_S = 5.0


class Quiet(Protocol):
    """What watches for a caller's silence."""

    def hold(self, *, on: bool) -> None: ...


class Hold:
    """`caller` is an identity in `room`. `voice` gives the sid of the agent's own track, "" while there is none."""

    def __init__(
        self,
        session: AgentSession[Any],
        room: rtc.Room,
        caller: str,
        exchange: Exchange,
        silence: Quiet,
        voice: Callable[[], str],
    ) -> None:
        self._session, self._room, self._caller = session, room, caller
        self._exchange, self._silence, self._voice = exchange, silence, voice
        self.music_sid = ""

    @asynccontextmanager
    async def caller(self) -> AsyncIterator[None]:
        """On hold for as long as the block lasts; whatever ends it, the agent and the caller hear each other again."""
        music = Music(self._room)
        self._silence.hold(on=True)
        self._session.input.set_audio_enabled(False)
        try:
            await self._play(music)
            await self._exchange.hears(self._caller, self._own(), yes=False)
            yield
        finally:
            self.music_sid = ""
            try:
                await music.aclose()
                await self._exchange.hears(self._caller, self._own(), yes=True)
            finally:
                self._session.input.set_audio_enabled(True)
                self._silence.hold(on=False)

    def _own(self) -> list[str]:
        return [sid] if (sid := self._voice()) else []

    async def _play(self, music: Music) -> None:
        """Without music the hold is silent, and goes on."""
        try:
            async with deadline(_PUBLISH_S, "hold music"):
                self.music_sid = await music.start()
        except (DeadlineExceeded, RuntimeError, rtc.participant.PublishTrackError) as error:
            _log.warning("no hold music", error_type=type(error).__name__)
