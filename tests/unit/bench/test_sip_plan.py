"""What `python -m sip plan` is timed with."""

from __future__ import annotations

from pathlib import Path

from bench.sip_plan import written
from config.load import load


def test_every_number_is_on_a_line(tmp_path: Path) -> None:
    """A plan for fewer would be quicker."""
    numbers = [f"+1555{number:07}" for number in range(45)]
    lines = load(written(tmp_path, numbers), known_tools=None).lines.values()
    assert [number for line in lines for number in line.numbers] == numbers
    assert {line.telephony.carrier for line in lines} == {"phone"}
