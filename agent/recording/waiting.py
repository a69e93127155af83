"""Where a call must be recorded, nothing of its talk is had before the recording is seen to run: the caller hears the
notice, nobody hears them for the moment that egress takes, and then they hear the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from livekit.agents import AgentSession

from agent.endings import Endings
from ops.tasks import TaskSet


class Silence(Protocol):
    def hold(self, *, on: bool) -> None: ...
    def quiet(self) -> None: ...


class Waiting:
    """One per call. While `is_on` the caller is neither heard nor answered."""

    def __init__(self, session: AgentSession[Any], silence: Silence, endings: Endings, tasks: TaskSet) -> None:
        self._session, self._silence, self._endings, self._tasks = session, silence, endings, tasks
        self.is_on = self.called_off = False

    def begin(self, runs: asyncio.Event, go_on: Callable[[], None]) -> None:
        """Until `runs`; then the caller is heard again, and `go_on` says what comes next."""
        self.is_on = True
        self._silence.hold(on=True)
        self._session.input.set_audio_enabled(False)
        self._tasks.spawn(self._wait(runs, go_on), name="recording to run")

    def call_off(self) -> None:
        """There is to be no talk: whatever runs, nothing comes next, and who is heard is somebody else's to say."""
        self.called_off = True

    async def _wait(self, runs: asyncio.Event, go_on: Callable[[], None]) -> None:
        await runs.wait()
        if self.called_off or self._endings.wished:
            return
        self.is_on = False
        self._silence.hold(on=False)
        self._session.input.set_audio_enabled(True)
        self._silence.quiet()  # nothing may be left to be said
        go_on()
