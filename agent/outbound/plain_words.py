"""Who wants no more calls is understood without the model, in any call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from livekit.agents import AgentSession, UserInputTranscribedEvent

from agent.outbound.languages.table import wording_of
from ops.tasks import TaskSet


def heed(
    session: AgentSession[None], language: str, opt_out: Callable[[str], Awaitable[object]], tasks: TaskSet
) -> None:
    """From now on, in a call that came in: `opt_out` is told, and the talk goes on, for they called about something.
    Where the line speaks a language without a table (agent/outbound/languages/), by the model's tool only."""
    wording = wording_of(language)

    async def told() -> None:
        await opt_out("voice")

    def transcribed(event: UserInputTranscribedEvent) -> None:
        if event.is_final and wording.wants_no_more_calls(event.transcript):
            tasks.spawn(told(), name="opt out")

    session.on("user_input_transcribed", transcribed)
