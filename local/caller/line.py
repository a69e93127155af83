"""What both legs share: how a call's progress is waited for."""

from __future__ import annotations

import asyncio

from local.caller.errors import NotAnsweredError
from local.caller.handset import Handset
from local.caller.mouth import Spoken
from local.caller.recorder import Recorder
from local.caller.sound import Pcm
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet


class Line:
    """The state of a call as its caller knows it. A leg is one; it tells `_pick_up`, `_describe` and `_end`."""

    handset: Handset

    def __init__(self, name: str) -> None:
        self.ended = asyncio.Event()
        self.ended_because = ""
        self.attributes: dict[str, str] = {}
        self.keys_heard: list[str] = []
        self.agent_words: list[str] = []
        self.answered_s: float | None = None  # second of the call
        self.progress: list[tuple[float, str]] = []  # (second, what happened), as a phone's display would show it
        self._tasks = TaskSet(name, on_error=lambda error: self._end(f"the caller's own failure: {error!r}"))
        self._news = asyncio.Event()

    @property
    def recorder(self) -> Recorder:
        return self.handset.recorder

    async def answered(self, timeout_s: float) -> None:
        try:
            async with deadline(timeout_s, "answer"):
                while self.answered_s is None and not self.ended.is_set():
                    await self._news.wait()
        except DeadlineExceeded:
            rang = any(what.startswith("ringing") for _, what in self.progress)
            why = (
                "it rang on: is an agent running, and does it publish audio?"
                if rang
                else "it never rang: no trunk or dispatch rule takes this call (a real phone is left so too)"
            )
            raise NotAnsweredError(f"Nobody answered within {timeout_s:g} s; {why}") from None
        if self.answered_s is None:
            raise NotAnsweredError(f"The call was not answered: {self.ended_because}")

    async def noted(self, what: str, timeout_s: float) -> None:
        """Wait until the display shows `what` (see `progress`). DeadlineExceeded."""
        async with deadline(timeout_s, what):
            while not any(noted == what for _, noted in self.progress):
                await self._news.wait()

    async def key(self, place: int, timeout_s: float) -> str | None:
        """The digit at `place` of `keys_heard`, waited for; None when it has not come by then, or the call is over."""
        try:
            async with deadline(timeout_s, "a key"):
                while len(self.keys_heard) <= place and not self.ended.is_set():
                    await self._news.wait()
        except DeadlineExceeded:
            return None
        return self.keys_heard[place] if len(self.keys_heard) > place else None

    async def attribute(self, name: str, timeout_s: float) -> str | None:
        try:
            async with deadline(timeout_s, name):
                while name not in self.attributes and not self.ended.is_set():
                    await self._news.wait()
        except DeadlineExceeded:
            return None
        return self.attributes.get(name)

    async def say(self, line: str | Pcm) -> Spoken:
        return await self.handset.say(line)

    def _note(self, what: str) -> None:
        self.progress.append((self.handset.now_s, what))
        self._news.set()
        self._news = asyncio.Event()

    def _pick_up(self) -> None:
        if self.answered_s is None:
            self.answered_s = self.handset.now_s
            self.handset.pick_up(self._tasks)
            self._note("answered")

    def _describe(self, attributes: dict[str, str]) -> None:
        self.attributes.update(attributes)
        self._note("attributes")

    def _end(self, why: str) -> None:
        if not self.ended.is_set():
            self.ended_because = why
            self.ended.set()
            self.handset.hang_up()
            self._note(f"ended: {why}")
