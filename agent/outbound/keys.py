"""Keys that the agent presses, for machines that ask for them."""

from __future__ import annotations

import re

from livekit import rtc
from livekit.rtc.participant import PublishDTMFError

from ops.clock import Clock
from ops.deadline import deadline

MOST_KEYS = 16  # in the time that a tool has
_KEYS = "0123456789*#ABCD"  # RFC 4733, section 3.2: events 0 to 15 in this order
_BETWEEN_S = 0.25  # seen to arrive whole and in order; machines want 40 ms of tone and as much of quiet (ITU-T Q.24)
_SENT_S = 2.0
_BETWEEN = re.compile(r"[\s,.;-]+")


class NoKeys(ValueError):
    """Not 1 to 16 of the keys 0-9 * #."""


def keys_of(text: str) -> str:
    """The keys in what a model wrote, such as "1 2 #" or "1, 2". Raises NoKeys."""
    keys = _BETWEEN.sub("", text.lower()).replace("star", "*").replace("pound", "#").replace("hash", "#")
    if not 1 <= len(keys) <= MOST_KEYS or not re.fullmatch(r"[0-9*#]+", keys):
        raise NoKeys("not 1 to 16 of the keys 0-9 * #")
    return keys


async def press(room: rtc.Room, keys: str, clock: Clock) -> None:
    """Press them one after another. Raises ConnectionError where the room does not take them, and DeadlineExceeded."""
    for number, key in enumerate(keys):
        if number:
            await clock.sleep(_BETWEEN_S)
        try:
            async with deadline(_SENT_S, "a key"):
                await room.local_participant.publish_dtmf(code=_KEYS.index(key), digit=key)
        except PublishDTMFError as error:
            raise ConnectionError("a key was not sent") from error
