"""The words in what was heard."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from types import TracebackType
from typing import Self

from local.caller.sound import EAR_RATE, Pcm, silence

Transcribe = Callable[[Pcm], Awaitable[str | None]]
"""Sound at 16 kHz -> its words; None when nobody here can tell."""

_NICE = 19  # the stack that is being measured goes first


class Ears:
    """Free dictation by the recogniser of the Riva stand-in: of telephone sound it gets about half of the words.

    In a process of its own: the recogniser holds the interpreter for seconds, in which a phone in the same process
    would neither speak nor hear. As a context manager it is warm on entering, and leaves nothing behind.
    """

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(max_workers=1, mp_context=context, initializer=_settle)

    async def __aenter__(self) -> Self:
        await self.words(silence(0.1, EAR_RATE))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)

    async def words(self, pcm: Pcm) -> str | None:
        """What was said in it; "" where nothing was made out, None without pocketsphinx."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, _words, pcm)


def _settle() -> None:
    os.nice(_NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the caller ends this process


def _words(pcm: Pcm) -> str | None:
    try:
        from local import ears
    except ImportError:  # pocketsphinx belongs to the developer's environment
        return None
    return " ".join(word.text for word in ears.transcribe(pcm, EAR_RATE))
