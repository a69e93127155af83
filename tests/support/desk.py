"""A desk for tools: a real diary in a folder, the shipped opening hours, a clock, and what the tools caused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.diary.diary import Diary
from agent.failures import Failure
from agent.tools.desk import Desk
from calls.outcome import Outcome
from config.hours import parse_day
from config.model import Practice
from tests.fakes.clock import FakeClock

# Wednesday 18 March 2026, 10:10 in London (GMT; summer time starts on the 29th).
NOW = datetime(2026, 3, 18, 10, 10, tzinfo=UTC).timestamp()

_WORKDAY = parse_day(["08:30-12:30", "13:30-18:00"])
PRACTICE = Practice(
    name="Larkfield Clinic",
    address="12 Orchard Road",
    time_zone="Europe/London",
    hours=dict.fromkeys(range(5), _WORKDAY),
)


@dataclass
class Caused:
    """What the tools of one call caused, in order."""

    ended: list[tuple[Outcome, str]] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)
    tools: list[tuple[str, dict[str, Any], str, bool]] = field(default_factory=list)
    failures: list[tuple[Failure, str]] = field(default_factory=list)


def a_desk(
    folder: Path, *, call_id: str = "call-1", number: str | None = "+15550100099", diary: Diary | None = None
) -> tuple[Desk, Caused]:
    caused = Caused()

    def tool_called(tool: str, arguments: Mapping[str, Any], result: str, ok: bool) -> None:
        caused.tools.append((tool, dict(arguments), result, ok))

    def end_call(outcome: Outcome, reason: str) -> None:
        caused.ended.append((outcome, reason))

    desk = Desk(
        call_id=call_id,
        caller_number=number,
        clock=FakeClock(NOW),
        diary=diary or Diary(folder / "diary.sqlite3"),
        practice=PRACTICE,
        end_call=end_call,
        note=caused.notes.update,
        tool_called=tool_called,
        failed=lambda failure, detail: caused.failures.append((failure, detail)),
    )
    return desk, caused
