"""What else a recording changes in a call: who is told of it, when words were heard, and which tools there are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from livekit.agents.llm import ChatMessage

from agent.minutes import spoken_at
from agent.recording.played import Played
from tests.support.put_through import Scene
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_a_person_is_told_that_the_call_is_recorded_before_they_take_it() -> None:
    """And before they hear what it is about, which takes half a minute."""
    scene = Scene()
    scene.call.told = "This call is being recorded."
    scene.through.ask("front-desk", "A broken tooth.")
    await asyncio.sleep(6.0)
    assert scene.call.said == [
        (
            "Hello, this is the assistant of Larkfield. I have a caller for you. This call is being recorded. "
            "A broken tooth.",
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


class Track:
    def __init__(self) -> None:
        self.finished: Callable[[Any], None] = lambda event: None

    def on(self, name: str, callback: Callable[[Any], None]) -> None:
        assert name == "playback_finished"
        self.finished = callback


def test_a_notice_counts_only_with_its_own_sound_and_somebody_there_to_hear_it() -> None:
    """Not with the sound of the words before it; nor played to a browser whose network broke."""
    track, is_there = Track(), [True]
    trouble = SimpleNamespace(stands=lambda failure: False)
    played = Played(track, trouble, lambda: is_there[0])  # type: ignore[arg-type]
    speech: Any = SimpleNamespace(interrupted=False, exception=lambda: None)
    notice = "This call is being recorded."
    track.finished(SimpleNamespace(playback_position=3.0))
    assert played.heard(speech, notice)
    assert not played.heard(speech, notice)
    track.finished(SimpleNamespace(playback_position=3.0))
    is_there[0] = False
    assert not played.heard(speech, notice)
    is_there[0] = True
    track.finished(SimpleNamespace(playback_position=0.3))
    assert not played.heard(speech, notice)
