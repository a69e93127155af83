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


async def test_a_running_server_gets_its_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What `docker compose up` starts knows no number yet."""
    async with Stack(tmp_path, Ports.free(), only={"redis", "livekit"}) as stack:
        port = str(stack.process("livekit").service.port)
        assert await asyncio.to_thread(provision.main, ["--livekit-port", port]) == 0
    told = capsys.readouterr().out
    assert all(number in told for number in stack.info.numbers)


def test_a_server_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert provision.main(["--livekit-port", str(Ports.free().livekit)]) == 2
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
    assert await rooms.end_all(StackInfo.of(Ports.free(), Path("/calls"), (), "receptionist", keys)) == 0
