"""A menu as somebody writes it down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.caller.callees.ivr import Menu, read
from local.caller.errors import CallerError


def test_a_tree_is_read_to_its_leaves(tmp_path: Path) -> None:
    path = tmp_path / "menu.json"
    path.write_text(
        json.dumps({"say": "Press 1.", "keys": {"1": {"say": "Press 2.", "keys": {"2": {"say": "Hello."}}}}})
    )
    assert read(path) == Menu("Press 1.", {"1": Menu("Press 2.", {"2": Menu("Hello.")})})


@pytest.mark.parametrize(
    "wrong", ["nothing", "{}", "[]", '{"say": 1}', '{"say": "a", "kyes": {}}', '{"say": "a", "keys": {"1": "b"}}']
)
def test_what_is_no_menu_is_refused(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "menu.json"
    path.write_text(wrong)
    with pytest.raises(CallerError):
        read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CallerError, match=r"none\.json"):
        read(tmp_path / "none.json")
