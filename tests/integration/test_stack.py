"""The stack starts in order, takes a blow, and leaves nothing behind, with the real server and the real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from livekit import api
from redis.asyncio import Redis

from local import groups, rooms
from local.ports import Ports, taken
from local.readiness import TcpOpen, wait_until
from local.stack import Stack, StackFailedError

_ONLY = frozenset({"redis", "livekit"})


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    async with Stack(tmp_path, Ports.free(), only=_ONLY) as started:
        yield started


async def _asked(stack: Stack) -> int:
    """How often the store was asked this, as far as it remembers."""
    async with Redis.from_url(stack.info.state_url) as redis:
        return int(await redis.incr("asked"))


async def test_every_number_of_the_configuration_has_a_trunk_and_a_rule(tmp_path: Path) -> None:
    """Made by the product itself, before the stack says that it is up."""
    async with Stack(tmp_path, Ports.free(), only=_ONLY | {"telephone"}) as stack:
        info = stack.info
        async with rooms.client(info) as client:
            trunks = (await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items
            rules = (await client.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())).items
    assert sorted(number for trunk in trunks for number in trunk.numbers) == sorted(info.numbers)
    assert {of for rule in rules for of in rule.trunk_ids} == {trunk.sip_trunk_id for trunk in trunks}


async def test_lines_that_can_not_be_made_stop_the_stack(tmp_path: Path) -> None:
    """With the product's own words: which file, which line, what is wrong."""
    config = tmp_path / "callcenter.yaml"
    config.write_text("lines:\n  clinic: {numbers: ['+15550100001'], persona: nobody}\n")
    with pytest.raises(StackFailedError, match=r"has not been given its lines(.|\n)*callcenter.yaml"):
        async with Stack(tmp_path / "data", Ports.free(), only=_ONLY | {"telephone"}, config=config):
            pass


async def test_a_killed_process_can_be_started_again_on_its_port(stack: Stack) -> None:
    """What the fault tests of calls do to Riva, to the model and to the speech server."""
    livekit = stack.process("livekit")
    before = livekit.pid
    livekit.kill()
    assert await wait_until(lambda: not livekit.alive, 5)
    await livekit.restart()
    assert livekit.pid != before
    assert await TcpOpen(livekit.service.port)()


async def test_the_calls_store_keeps_what_it_was_told_unless_it_is_started_empty(tmp_path: Path) -> None:
    """What the fault tests of calls do to it: a crash, and a machine that is replaced."""
    async with Stack(tmp_path, Ports.free(), only={"state"}) as stack:
        state = stack.process("state")
        assert await _asked(stack) == 1
        state.kill()
        await state.restart()
        assert await _asked(stack) == 2
        await state.restart(empty=True)
        assert await _asked(stack) == 1


async def test_a_frozen_process_answers_nothing_and_then_goes_on(tmp_path: Path) -> None:
    """Its connections stay open: a fault that only a deadline finds."""
    async with Stack(tmp_path, Ports.free(), only={"state"}) as stack:
        state = stack.process("state")
        answers = state.service.ready
        state.freeze()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await answers()
        assert state.alive
        state.thaw()
        assert await answers()


async def test_nothing_is_left_when_it_ends(tmp_path: Path) -> None:
    """A port that stays taken makes the next start fail; a process that stays eats the machine."""
    ports = Ports.free()
    async with Stack(tmp_path, ports, only=_ONLY) as stack:
        pids = [process.pid for process in stack.processes]
        assert all(groups.members(pid) for pid in pids)
    assert not any(groups.members(pid) for pid in pids)
    assert taken(ports) == []


async def test_a_process_that_does_not_start_is_named_with_its_last_lines(tmp_path: Path) -> None:
    ports = Ports.free()
    wrong = {"livekit": {"LIVEKIT_CONFIG": "no_such_key: 1"}}
    with pytest.raises(StackFailedError, match=r"(?s)livekit \(pid \d+\) died: exit code \d.*no_such_key"):
        await Stack(tmp_path, ports, wrong, only=_ONLY).start()
    assert taken(ports) == [], "what had started before it is ended too"


def test_a_name_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such process: rivva"):
        Stack(tmp_path, Ports(), only={"rivva"})
