"""The agent at the keyboard of whoever runs the stack: `console`, typed to, and `connect`, sent into a room."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from livekit import api

from local import rooms
from local.info import StackInfo
from local.paths import ROOT
from local.ports import Ports
from local.stack import Stack
from tests.support.terminal import Terminal
from tests.support.workers import MAIN, bare_environment

pytestmark = pytest.mark.asyncio(loop_scope="module")

_READY_S = 60.0
_ANSWER_S = 20.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack_file(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """A stack without an agent: each test brings its own."""
    place = tmp_path_factory.mktemp("stack")
    async with Stack(place, Ports.free(), only={"redis", "livekit", "riva", "llm", "tts"}) as stack:
        stack.info.write(place / "run" / "stack.json")
        yield place / "run" / "stack.json"


async def test_a_typed_line_is_answered(stack_file: Path) -> None:
    """`make talk ARGS=--text`: the whole agent without a sound card, by the stack's own models."""
    command = (sys.executable, "-m", "local.microphone", "--stack", str(stack_file), "--text")
    terminal = Terminal(*command, environment=bare_environment())
    try:
        await asyncio.to_thread(terminal.until, "Type to talk to your agent", _READY_S)
        await asyncio.to_thread(terminal.type, "When are you open?", taken="● You")
        await asyncio.to_thread(terminal.until, "We are open", _ANSWER_S)
    finally:
        terminal.close()


async def test_connect_sends_an_agent_into_a_room(stack_file: Path) -> None:
    """The environment that `--print-env` prints is all that `agent/main.py connect` needs."""
    given = await asyncio.to_thread(_printed, stack_file)
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, str(MAIN), "connect", "--room", "lobby"),
        env=bare_environment() | given,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_READY_S), rooms.client(StackInfo.read(stack_file)) as client:
            while api.ParticipantInfo.Kind.AGENT not in await _kinds(client, "lobby"):
                assert worker.returncode is None, "it ended before it joined"
                await asyncio.sleep(0.2)
    finally:
        worker.terminate()
        await worker.wait()
        # A job process whose parent ends first can wait for ever for its thread of logs (livekit-agents 1.8.9,
        # ipc/log_queue.py: "ipc_log_forwarder" is no daemon): seen once.
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)


async def test_nothing_of_the_second_agent_is_in_the_first_ones_way(stack_file: Path) -> None:
    """The same port or diary would end one of the two."""
    given = await asyncio.to_thread(_printed, stack_file)
    assert given["AGENT_HTTP_PORT"] == "0"
    assert "METRICS_PORT" not in given
    assert Path(given["AGENT_STATE_DIR"]) == stack_file.parent.parent / "console"


def _printed(stack_file: Path) -> dict[str, str]:
    """The variables that a shell has after `eval "$(python -m local.microphone --print-env)"`."""
    command = (sys.executable, "-m", "local.microphone", "--stack", str(stack_file), "--print-env")
    told = subprocess.run(command, cwd=ROOT, env=bare_environment(), capture_output=True, text=True, check=True).stdout
    words = shlex.split(told)
    assert words[::2] == ["export"] * (len(words) // 2)
    return dict(word.split("=", 1) for word in words[1::2])


async def _kinds(client: api.LiveKitAPI, room: str) -> set[int]:
    try:
        found = await client.room.list_participants(api.ListParticipantsRequest(room=room))
    except api.TwirpError:  # not there yet
        return set()
    return {participant.kind for participant in found.participants}
