"""People and numbers: whom callers may be put through to is the configuration's, and a number comes from the keypad."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.phone.people import Asked
from agent.tools.ask_for_person import NOBODY, UNDER_WAY
from agent.tools.desk import Desk
from agent.tools.guard import run
from agent.tools.registry import TOOLS
from tests.support.desk import a_desk

ONE = {"front-desk": "the front desk"}
TWO = ONE | {"duty-doctor": "the doctor on duty"}


async def use(desk: Desk, tool: str, **arguments: Any) -> str:
    return await run(TOOLS[tool], desk, arguments)


@pytest.mark.parametrize(
    ("people", "person", "rung"),
    [
        (ONE, "", "front-desk"),
        (ONE, "Front Desk", "front-desk"),
        (TWO, "duty-doctor", "duty-doctor"),
        (TWO, "", None),
        (TWO, "+19005550123", None),
        (ONE, "sip:me@example.org;transport=udp", None),
        ({}, "front-desk", None),
    ],
)
async def test_only_who_is_on_the_list_is_rung(
    tmp_path: Path, people: dict[str, str], person: str, rung: str | None
) -> None:
    """Whatever the model was talked into: a number, or an address, is nobody."""
    asked: list[str] = []

    def put_through(name: str, summary: str) -> Asked:
        asked.append(name)
        return Asked.BEGUN

    desk, caused = a_desk(tmp_path)
    answer = await use(replace(desk, people=people, put_through=put_through), "ask_for_person", person=person)
    assert asked == ([rung] if rung else [])
    assert caused.notes["person_wanted"] == "not said"
    if rung:
        assert people[rung] in answer


@pytest.mark.parametrize(("asked", "words"), [(Asked.UNDER_WAY, UNDER_WAY), (Asked.TOO_OFTEN, NOBODY)])
async def test_what_cannot_be_done_again_is_said(tmp_path: Path, asked: Asked, words: str) -> None:
    desk, _ = a_desk(tmp_path)
    desk = replace(desk, people=ONE, put_through=lambda name, summary: asked)
    assert await use(desk, "ask_for_person") == words


async def test_a_number_is_typed_where_there_are_keys(tmp_path: Path) -> None:
    """How many, or to the hash key; a browser has none."""
    expected: list[int] = []
    desk, _ = a_desk(tmp_path)
    phone = replace(desk, has_keypad=True, expect_keys=lambda count: expected.append(count))
    assert "all 8 digits" in await use(phone, "ask_for_digits", count="8")
    assert "hash key" in await use(phone, "ask_for_digits")
    assert expected == [8, 0]
    assert "digit by digit" in await use(replace(desk, has_keypad=False), "ask_for_digits", count="8")


@pytest.mark.parametrize("count", ["0", "21", "-1", "x", "1e", "²"])
async def test_a_count_that_is_none_is_refused(tmp_path: Path, count: str) -> None:
    """Nobody is asked for a thousand digits."""
    expected: list[int] = []
    desk, _ = a_desk(tmp_path)
    desk = replace(desk, has_keypad=True, expect_keys=lambda count: expected.append(count))
    assert "1 to 20" in await use(desk, "ask_for_digits", count=count)
    assert expected == []
