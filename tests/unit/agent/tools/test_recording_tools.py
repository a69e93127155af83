"""Not being recorded, and paying by card: the model asks for both, and learns what is so, and no digit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.recording.stopped import Stopped
from agent.tools.guard import run
from agent.tools.registry import TOOLS
from tests.support.desk import a_desk


@pytest.mark.parametrize(
    ("stopped", "words"),
    [
        (Stopped.DONE, "has been stopped"),
        (Stopped.MUST_BE, "have to be recorded"),
        (Stopped.STILL_ON, "goes on"),
        (Stopped.NEVER_WAS, "not being recorded"),
    ],
)
async def test_the_model_tells_the_caller_what_is_so(tmp_path: Path, stopped: Stopped, words: str) -> None:
    async def stop() -> Stopped:
        return stopped

    desk, _ = a_desk(tmp_path)
    assert words in await run(TOOLS["stop_recording"], replace(desk, stop_recording=stop), {})


async def test_in_a_call_that_is_not_recorded_nothing_was_ever_on(tmp_path: Path) -> None:
    desk, _ = a_desk(tmp_path)
    assert "not being recorded" in await run(TOOLS["stop_recording"], desk, {})


async def test_a_card_is_typed_and_only_where_there_are_keys_and_a_safe(tmp_path: Path) -> None:
    """The tool only begins it: how it went comes later, and the number never."""
    begun: list[bool] = []

    def take_card() -> bool:
        begun.append(True)
        return len(begun) == 1

    desk, _ = a_desk(tmp_path)
    phone = replace(desk, has_keypad=True, take_card=take_card)
    assert "asked for it now" in await run(TOOLS["take_card"], phone, {})
    assert "already" in await run(TOOLS["take_card"], phone, {})
    assert "no keypad" in await run(TOOLS["take_card"], replace(phone, has_keypad=False), {})
    assert "No card can be taken" in await run(TOOLS["take_card"], replace(desk, has_keypad=True), {})
    assert len(begun) == 2
