"""In calls that come in, too, plain words are enough."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from livekit.agents import AgentSession, UserInputTranscribedEvent

from agent.outbound.plain_words import heed
from ops.tasks import TaskSet


class Heard:
    """A session that only hears."""

    def on(self, event: str, handler: Callable[[Any], None]) -> None:
        assert event == "user_input_transcribed"
        self.say = handler


async def test_a_caller_who_wants_no_more_calls_is_understood_by_code() -> None:
    """Once they have finished the sentence; and nothing else is."""
    told: list[str] = []

    async def opt_out(how: str) -> None:
        told.append(how)

    session, tasks = Heard(), TaskSet("test")
    heed(cast("AgentSession[None]", session), "en-US", opt_out, tasks)
    for text, final in [("Don't call me again", False), ("What are your hours?", True), ("Don't call me again.", True)]:
        session.say(UserInputTranscribedEvent(transcript=text, is_final=final))
        await asyncio.sleep(0)
    assert told == ["voice"]
    await tasks.aclose()
