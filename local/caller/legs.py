"""The ways into a call. Both behave alike: whoever talks need not know which it is."""

from __future__ import annotations

import asyncio
from typing import Protocol

from local.caller.errors import NotAnsweredError
from local.caller.handset import Handset
from local.caller.mouth import Spoken
from local.caller.phone_leg import PhoneLeg
from local.caller.recorder import Recorder
from local.caller.sound import Pcm
from local.caller.web_leg import WebLeg

__all__ = ["Leg", "NotAnsweredError", "PhoneLeg", "WebLeg"]


class Leg(Protocol):
    """A caller's participant in a call: `connect`, `answered`, talk, `hangup`. Used once."""

    ended: asyncio.Event  # the call is over, whoever ended it
    attributes: dict[str, str]  # the agent participant's, as they are now
    keys_heard: list[str]  # DTMF digits from the agent, in order
    agent_words: list[str]  # the agent's own transcript, where the leg is told it (web)

    @property
    def handset(self) -> Handset: ...

    @property
    def recorder(self) -> Recorder: ...

    @property
    def ended_because(self) -> str:
        """Why the call is over ("" until it is): "hung up", "room_deleted", "486 Busy Here"."""
        ...

    async def connect(self) -> None:
        """Place the call. CallerError with the remedy when there is nobody to place it with."""
        ...

    async def answered(self, timeout_s: float) -> None:
        """Wait until it is picked up. NotAnsweredError when it is refused, ended or rings on after `timeout_s`."""
        ...

    async def attribute(self, name: str, timeout_s: float) -> str | None:
        """The agent participant's attribute, waited for; None when it has not come by then."""
        ...

    async def say(self, line: str | Pcm) -> Spoken:
        """Speak text, or mono PCM at 48 kHz, in real time; returns when the last sample has gone."""
        ...

    async def dtmf(self, digits: str) -> None: ...

    async def hangup(self) -> None:
        """End the call and release everything; harmless when it is over already."""
        ...
