"""From any configuration to any other, on a server that refuses what the real one refuses."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sip import provisioning
from sip.carry_out import Done, carry_out
from sip.lines.wanted import Wanted
from tests.fakes.sip_server import FakeLines, SipServer
from tests.support.random_lines import a_configuration


async def applied(server: SipServer, to: Wanted) -> Done:
    provider = FakeLines(server, to)
    return await carry_out(provider, await provider.plan())


def served(to: Wanted) -> dict[str, str]:
    return {number: each.rule.room_config.agents[0].metadata for each in to.inbound for number in each.trunk.numbers}


@pytest.mark.parametrize("seed", range(150))
async def test_any_configuration_is_reached_from_any_other(seed: int) -> None:
    """Whatever was renamed, swapped between lines or removed: one run brings it about, the next finds nothing to do."""
    chance, server = random.Random(seed), SipServer()
    for _ in range(3):
        to = a_configuration(chance)
        done = await applied(server, to)
        assert done.complete, done
        assert server.served == served(to)
        assert {trunk.name for trunk in server.outbound.values()} == {trunk.name for trunk in to.outbound}
        assert not (await FakeLines(server, to).plan()).changes


@pytest.mark.parametrize("seed", range(60))
async def test_numbers_that_stay_on_a_trunk_are_served_throughout(seed: int) -> None:
    """Also while others come, go, and change hands, and while their line gets another name."""
    chance, server = random.Random(seed), SipServer()
    before, after = a_configuration(chance), a_configuration(chance)
    await applied(server, before)
    whole = {frozenset(each.trunk.numbers) for each in before.inbound} & {
        frozenset(each.trunk.numbers) for each in after.inbound
    }
    staying = {number for numbers in whole for number in numbers}
    missed: set[str] = set()
    server.after = lambda: missed.update(staying - server.served.keys())
    await applied(server, after)
    assert missed == set()


@pytest.mark.parametrize("seed", range(60))
async def test_what_others_made_stays_as_it_is(seed: int) -> None:
    chance, server = random.Random(seed), SipServer()
    await applied(server, a_configuration(chance))
    things: list[Any] = [*server.inbound.values(), *server.rules.values(), *server.outbound.values()]
    for thing in things:
        if chance.random() < 0.5:
            thing.metadata = chance.choice(["", "switchboard", '{"by": "somebody"}', "[1]", '{"line": "line-1"}'])
    foreign = {
        id_: thing.SerializeToString()
        for where in (server.inbound, server.rules, server.outbound)
        for id_, thing in where.items()
        if '"by": "switchboard"' not in thing.metadata
    }
    for to in (a_configuration(chance), Wanted("receptionist")):
        await applied(server, to)
    left = {**server.inbound, **server.rules, **server.outbound}
    assert {id_: thing.SerializeToString() for id_, thing in left.items()} == foreign


@pytest.mark.parametrize("how", ["broken", "unanswered"])
@pytest.mark.parametrize("seed", range(40))
async def test_after_a_failure_the_next_run_goes_on(seed: int, how: str) -> None:
    """Each change failed once, or its answer was lost: what needs it is left, nothing is made twice."""
    chance, server = random.Random(seed), SipServer()
    await applied(server, a_configuration(chance))
    to = a_configuration(chance)
    changes = (await FakeLines(server, to).plan()).changes
    if not changes:
        return
    broken = chance.choice(changes)
    setattr(server, how, {broken.key})
    done = await applied(server, to)
    assert [change.key for change, _ in done.failed] == [broken.key]
    assert {change.key for change in [*done.done, *done.left]} | {broken.key} == {change.key for change in changes}
    setattr(server, how, set())
    assert (await applied(server, to)).complete
    assert server.served == served(to)
    assert len(server.outbound) == len(to.outbound)


async def test_destroy_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    server = SipServer()
    to = a_configuration(random.Random(1))
    await applied(server, to)
    assert await provisioning.bring_about([FakeLines(server, to)], destroy=True) == 0
    assert (server.inbound, server.outbound, server.rules) == ({}, {}, {})
    assert await provisioning.bring_about([FakeLines(server, to)], destroy=True) == 0
