"""Plan, apply and destroy over several providers: their order, their words, their exit statuses."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from sip import provisioning
from sip.errors import ProviderError
from sip.plan import Action, Change, Plan

TRUNK = Change(Action.CREATE, "trunk", "clinic", "+15550100001")
NUMBER = Change(Action.UPDATE, "number", "+15550100001", "trunk: none -> clinic", needs=(TRUNK.key,))
OTHER = Change(Action.DELETE, "number", "+15550100009", "no line has it")


class Provider:
    at_once = 2

    def __init__(self, name: str, *changes: Change, refusals: Sequence[str] = (), broken: Change | None = None) -> None:
        self.name = name
        self.closed = False
        self.did: list[Change] = []
        self._plan = Plan(name, changes, tuple(refusals), ("a note",))
        self._broken = broken

    async def plan(self, *, destroy: bool = False) -> Plan:
        if self._broken is self.unreadable:
            raise ProviderError(f"{self.name}: it can't be reached")
        return self._plan

    async def do(self, change: Change) -> None:
        if change is self._broken:
            raise ProviderError("cable pulled")
        self.did.append(change)

    async def aclose(self) -> None:
        self.closed = True

    unreadable = Change(Action.DELETE, "everything", "", "")


async def test_the_status_of_plan_says_whether_there_is_something_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert await provisioning.plan([Provider("one"), Provider("two")]) == 0
    assert "Nothing to do." in capsys.readouterr().out
    assert await provisioning.plan([Provider("one"), Provider("two", TRUNK, OTHER)]) == 2
    assert capsys.readouterr().out.splitlines()[2:5] == [
        "two: 1 to create, 1 to delete",
        '  + trunk "clinic": +15550100001',
        '  - number "+15550100009": no line has it',
    ]
    assert await provisioning.plan([Provider("one", TRUNK, refusals=["Somebody is in the way."])]) == 1
    assert "REFUSED: Somebody is in the way." in capsys.readouterr().out


async def test_a_plan_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    await provisioning.plan([Provider("one", TRUNK, refusals=["no"])], as_json=True)
    assert json.loads(capsys.readouterr().out) == [
        {
            "provider": "one",
            "changes": [{"action": "create", "kind": "trunk", "name": "clinic", "detail": "+15550100001"}],
            "notes": ["a note"],
            "refusals": ["no"],
        }
    ]


async def test_what_is_needed_is_done_first(capsys: pytest.CaptureFixture[str]) -> None:
    provider = Provider("one", NUMBER, TRUNK)
    assert await provisioning.bring_about([provider]) == 0
    assert provider.did == [TRUNK, NUMBER]
    assert provider.closed


async def test_a_failure_stops_what_needs_it_and_the_providers_after_it(capsys: pytest.CaptureFixture[str]) -> None:
    """No carrier is to send calls to a server that would not take them."""
    one, two = Provider("one", TRUNK, NUMBER, OTHER, broken=TRUNK), Provider("two", OTHER)
    assert await provisioning.bring_about([one, two]) == 1
    assert (one.did, two.did) == ([OTHER], [])
    told = capsys.readouterr()
    assert "no line has it" in told.out
    assert told.err.splitlines() == [
        '  FAILED: + trunk "clinic": +15550100001: cable pulled',
        '  not tried: ~ number "+15550100001": trunk: none -> clinic',
        "two: left as it was.",
        "Not everything was done; `python -m sip apply` goes on from here.",
    ]
    assert one.closed
    assert two.closed


async def test_a_refusal_anywhere_stops_everything(capsys: pytest.CaptureFixture[str]) -> None:
    one, two = Provider("one", TRUNK), Provider("two", refusals=["Somebody is in the way."])
    assert await provisioning.bring_about([one, two]) == 1
    assert one.did == []
    told = capsys.readouterr()
    assert "Somebody is in the way." in told.out
    assert "Nothing was changed." in told.err


async def test_a_provider_that_can_not_be_read_stops_everything() -> None:
    one, two = Provider("one", TRUNK), Provider("two", broken=Provider.unreadable)
    with pytest.raises(ProviderError, match="two: it can't be reached"):
        await provisioning.bring_about([one, two])
    assert one.did == []
    assert one.closed
    assert two.closed


async def test_changes_that_need_each_other_are_told_not_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    a = Change(Action.CREATE, "trunk", "a", "", needs=("trunk b",))
    b = Change(Action.CREATE, "trunk", "b", "", needs=("trunk a",))
    assert await provisioning.bring_about([Provider("one", a, b)]) == 1
    assert capsys.readouterr().err.count("not tried") == 2


async def test_what_others_named_can_not_write_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A trunk's name with escape sequences would paint over the plan."""
    evil = Change(Action.UPDATE, "trunk", "clinic", "name: \x1b[2Jgone\n  + all is well -> clinic")
    await provisioning.plan([Provider("one", evil, refusals=["\x1b[2J"])])
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert len(told.splitlines()) == 4
