"""local/ reads the lines of the configuration without the product's help, and must read the same numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.tools.registry import KNOWN
from config.load import load
from local import lines
from local.paths import CALL_CENTER


def test_a_bare_number_stays_text(tmp_path: Path) -> None:
    """YAML 1.1 makes the integer 15550100001 of +15550100001: a trunk for that number is never rung."""
    config = tmp_path / "callcenter.yaml"
    config.write_text("lines:\n  clinic:\n    numbers: [+15550100001, '015550100002']\n    persona: p\n")
    assert lines.read(config) == (lines.PhoneLine("clinic", ("+15550100001", "015550100002")),)


def test_a_line_without_numbers_is_none_to_ring(tmp_path: Path) -> None:
    config = tmp_path / "callcenter.yaml"
    config.write_text("lines:\n  web: {persona: p}\n")
    assert lines.read(config) == ()


def test_the_shipped_configuration_has_the_products_numbers() -> None:
    """Both sides read one file: a line that only one of them sees would ring for ever."""
    product = load(CALL_CENTER, known_tools=KNOWN)
    assert {line.name: tuple(line.numbers) for line in product.lines.values()} == {
        line.name: line.numbers for line in lines.read(CALL_CENTER)
    }


@pytest.mark.parametrize("text", ["", "lines: 3", "lines: [1]", "lines: {clinic: 1}", "lines: {a: b", "other: {}"])
def test_what_can_not_be_read_names_the_file(tmp_path: Path, text: str) -> None:
    config = tmp_path / "callcenter.yaml"
    config.write_text(text)
    with pytest.raises(lines.BadLinesError, match=str(config)):
        lines.read(config)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(lines.BadLinesError, match=r"nowhere\.yaml"):
        lines.read(tmp_path / "nowhere.yaml")
