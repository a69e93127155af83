"""A server that already runs gets the lines of the configuration, and its rooms can be ended."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from livekit import api

from local import environment, provision, rooms
from local.info import StackInfo
from local.ports import Ports
from local.stack import Stack


async def test_a_running_server_gets_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `docker compose up` starts knows no number yet. Its keys don't come by argv: all may read that."""
    async with Stack(tmp_path, Ports.free(), only={"redis", "livekit"}) as stack:
        monkeypatch.setenv("LIVEKIT_URL", stack.info.livekit_url)
        monkeypatch.setenv("LIVEKIT_API_KEY", stack.info.api_key)
        monkeypatch.setenv("LIVEKIT_API_SECRET", "another-secret-that-this-server-does-not-know")
        assert await asyncio.to_thread(provision.main, []) == 2, "the secret is not read from there"
        monkeypatch.setenv("LIVEKIT_API_SECRET", stack.info.api_secret)
        monkeypatch.setenv("AGENT_NAME", "another-agent")
        assert await asyncio.to_thread(provision.main, []) == 0
        async with rooms.client(stack.info) as client:
            rules = (await client.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())).items
    told = capsys.readouterr().out
    assert 'inbound trunk "clinic"' in told
    assert {agent.agent_name for rule in rules for agent in rule.room_config.agents} == {"another-agent"}


def test_a_server_that_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIVEKIT_URL", f"ws://127.0.0.1:{Ports.free().livekit}")
    assert provision.main([]) == 2
    assert "has not been given its lines" in capsys.readouterr().err


async def test_every_room_is_ended(tmp_path: Path) -> None:
    async with Stack(tmp_path, Ports.free(), only={"redis", "livekit"}) as stack:
        async with rooms.client(stack.info) as client:
            for name in ("one", "two"):
                await client.room.create_room(api.CreateRoomRequest(name=name))
        assert await rooms.end_all(stack.info) == 2
        assert await rooms.end_all(stack.info) == 0


async def test_a_dead_server_has_no_rooms_to_end() -> None:
    """The stack is stopped because livekit-server died: stopping must not fail for that."""
    keys = (environment.API_KEY, environment.API_SECRET)
    assert await rooms.end_all(StackInfo.of(Ports.free(), Path("/data"), (), "receptionist", keys)) == 0
