"""What else a recording changes in a call: who is told of it, when words were heard, and which tools there are."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from livekit.agents.llm import ChatMessage

from agent.minutes import spoken_at
from tests.support.put_through import Scene
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_a_person_is_told_that_the_call_is_recorded_before_they_take_it() -> None:
    scene = Scene()
    scene.call.told = "This call is being recorded."
    scene.through.ask("front-desk", "A broken tooth.")
    await asyncio.sleep(6.0)
    assert scene.call.said == [
        (
            "Hello, this is the assistant of Larkfield. I have a caller for you. A broken tooth. "
            "This call is being recorded.",
            True,
        )
    ]
    await scene.tasks.aclose()


@pytest.mark.parametrize(
    ("metrics", "times"),
    [
        (
            {"started_speaking_at": 1_790_000_000.1234, "stopped_speaking_at": 1_790_000_001.5},
            {"began_at": 1_790_000_000.123, "ended_at": 1_790_000_001.5},
        ),
        ({"started_speaking_at": 2.0, "stopped_speaking_at": 1.0}, {}),
        ({"stopped_speaking_at": 1.0}, {}),
        ({}, {}),
    ],
)
def test_words_have_a_time_where_they_were_heard_at_one(metrics: dict[str, Any], times: dict[str, float]) -> None:
    """What was typed has none, and a clock that was set back gives none."""
    message = ChatMessage(role="user", content=["Yes."])
    message.metrics = cast("Any", metrics)
    assert spoken_at(message) == times
