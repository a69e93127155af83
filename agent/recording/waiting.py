"""Where a call must be recorded, nothing of its talk is had before the recording is seen to run: the caller hears the
notice, nobody hears them for the moment that egress takes, and then they hear the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from livekit.agents import AgentSession

from agent.endings import Endings
from agent.speaker import Speaker
from ops.tasks import TaskSet

_SILENT_S = 1.0  # the real egress needs 1.5 to 3 s from the notice until it is seen to run: nobody likes a dead line


class Silence(Protocol):
    def hold(self, *, on: bool) -> None: ...
    def quiet(self) -> None: ...


class Waiting:
    """One per call. While `is_on` the caller is neither heard nor answered."""

    def __init__(
        self, session: AgentSession[Any], speaker: Speaker, silence: Silence, endings: Endings, tasks: TaskSet
    ) -> None:
        self._session, self._speaker = session, speaker
        self._silence, self._endings, self._tasks = silence, endings, tasks
        self.is_on = self.called_off = False

    def begin(self, runs: asyncio.Event, go_on: Callable[[], None]) -> None:
        """Until `runs`; then the caller is heard again, and `go_on` says what comes next."""
        self.is_on = True
        self._silence.hold(on=True)
        self._session.input.set_audio_enabled(False)
        self._tasks.spawn(self._wait(runs, go_on), name="recording to run")

    def noticed(self) -> None:
        """The caller has heard the notice, and from now on hears nothing."""
        if self.is_on:
            self._tasks.spawn(self._one_moment(), name="one moment")

    def call_off(self) -> None:
        """There is to be no talk: whatever runs, nothing comes next, and who is heard is somebody else's to say."""
        self.called_off = True

    async def _one_moment(self) -> None:
        await asyncio.sleep(_SILENT_S)
        if self.is_on and not self.called_off and not self._endings.wished:
            self._speaker.say(self._speaker.phrases.one_moment, interruptible=False)

    async def _wait(self, runs: asyncio.Event, go_on: Callable[[], None]) -> None:
        await runs.wait()
        if self.called_off or self._endings.wished:
            return
        self.is_on = False
        self._silence.hold(on=False)
        self._session.input.set_audio_enabled(True)
        self._silence.quiet()  # nothing may be left to be said
        go_on()
