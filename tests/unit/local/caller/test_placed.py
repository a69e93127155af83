"""A whole call of `python -m local.caller` to a scripted agent in virtual time: what is told, kept and judged of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.caller import summary
from local.caller.options import parse
from local.caller.placed import CALL_ID, Caller, Line, Placed, place
from local.caller.sound import Pcm
from tests.fakes.call_records import CallRecords
from tests.fakes.clock import FakeClock
from tests.fakes.scripted_leg import ScriptedLeg, voice
from tests.support.virtual_time import virtual_time

LINES = (Line("Are you open?", voice(1.0)), Line("Goodbye.", voice(0.8)))


async def ears(_: Pcm) -> str:
    return "some words"


async def call(
    leg: ScriptedLeg, clock: FakeClock, *arguments: str, records: dict[str, Any] | None = None
) -> tuple[Placed, str]:
    told: list[str] = []
    caller = Caller(parse(arguments), LINES, ears, CallRecords(**(records or {})), clock)
    return await place(caller, leg, told.append), "\n".join(told)


@virtual_time
async def test_a_call_with_every_turn_answered_is_good(tmp_path: Path) -> None:
    """And its record, transcript and recording are found where the JSON says."""
    clock = FakeClock()
    leg = ScriptedLeg(clock)
    leg.attributes[CALL_ID] = "c1"
    placed, told = await call(leg, clock, records={"c1": {"outcome": "resolved"}})
    assert placed.good
    assert leg.ended_because == "hung up"
    assert [line.split(": ", 1)[1] for line in told.splitlines() if "agent:" in line] == ["some words"] * 3
    kept = summary.keep(placed, tmp_path / "heard", 1)
    assert (kept["call_id"], kept["turns"], kept["outcome"]) == ("c1", 2, "resolved")
    assert kept["voice_to_voice_ms"]["p50"] == pytest.approx(600, abs=45)
    said = _kept_on_disk(kept)
    assert [one["side"] for one in said] == ["agent", "caller", "agent", "caller", "agent"]
    assert said[1]["text"] == "Are you open?"
    json.dumps(kept)


def _kept_on_disk(kept: dict[str, Any]) -> list[dict[str, Any]]:
    assert Path(kept["recording_file"]).stat().st_size > 100_000
    said: list[dict[str, Any]] = json.loads(Path(kept["transcript_file"]).read_text())
    return said


@virtual_time
async def test_an_unanswered_turn_is_not_good() -> None:
    clock = FakeClock()
    placed, _ = await call(ScriptedLeg(clock, reply_s=None), clock)
    assert not placed.good
    assert placed.trouble is not None
    assert "said nothing" in placed.trouble
    assert placed.unsaid == 1


@virtual_time
async def test_a_call_without_a_greeting_is_not_good() -> None:
    """The caller does not speak first to somebody who may not be there."""
    clock = FakeClock()
    placed, _ = await call(ScriptedLeg(clock, greeting=None), clock)
    assert not placed.good
    assert placed.unsaid == len(LINES)


@virtual_time
async def test_an_agent_that_hangs_up_early_is_not_good() -> None:
    clock = FakeClock()
    placed, _ = await call(ScriptedLeg(clock, ends_at_s=7.0), clock)
    assert not placed.good
    assert placed.unsaid == 1


@virtual_time
async def test_hanging_up_by_the_clock_blames_nobody() -> None:
    """--hangup-after in the middle of a line: the turn that was cut off counts neither way."""
    clock = FakeClock()
    placed, _ = await call(ScriptedLeg(clock), clock, "--hangup-after", "3.9")
    assert placed.good
    assert placed.report.turns == []
    assert placed.unsaid == 1


@virtual_time
async def test_of_many_calls_every_one_must_be_good(tmp_path: Path) -> None:
    clock = FakeClock()
    good, _ = await call(ScriptedLeg(clock), clock, "--concurrency", "2")
    bad, _ = await call(ScriptedLeg(clock, reply_s=None), clock, "--concurrency", "2")
    each = [summary.keep(one, tmp_path, number) for number, one in enumerate((good, bad), start=1)]
    both = summary.of_many([good, bad], each)
    assert both["answered_every_turn"] is False
    assert both["turns"] == 3
    assert len(set(both["recording_file"])) == 2
    json.dumps(both)
