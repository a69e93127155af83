"""The words in what was heard."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

from local.caller.sound import EAR_RATE, Pcm, silence

Transcribe = Callable[[Pcm], Awaitable[str | None]]
"""Sound at 16 kHz -> its words; None when nobody here can tell."""

_one_at_a_time = threading.Lock()  # the recogniser keeps state between its calls


async def words(pcm: Pcm) -> str | None:
    """Free dictation by the recogniser of the Riva stand-in: of telephone sound it gets about half of the words."""
    return await asyncio.to_thread(_words, pcm)


async def warm_up() -> None:
    """Load the recogniser now, so that the first answer does not wait for it."""
    await words(silence(0.1, EAR_RATE))


def _words(pcm: Pcm) -> str | None:
    try:
        from local import ears
    except ImportError:  # pocketsphinx belongs to the developer's environment
        return None
    with _one_at_a_time:
        return " ".join(word.text for word in ears.transcribe(pcm, EAR_RATE))
