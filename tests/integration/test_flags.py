"""The flags' command against a real Redis, as an operator runs it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.flags import FlagPoll, read
from calls.flags import ROLLBACK, Flags
from calls.stores.flag_key import FlagKey
from calls.stores.redis import RedisExecutor
from ops.clock import SystemClock
from tests.support.redis_server import redis_server

_ROOT = Path(__file__).parents[2]
_WITHIN_S = 60.0


async def control_flags(url: str, *arguments: str) -> tuple[int | None, str, str]:
    """`python -m control flags ...`: status, stdout, stderr."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "control", "flags", *arguments),
        cwd=_ROOT,
        env={"STATE_URL": url, "STATE_PREFIX": "acme"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(_WITHIN_S):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def said(url: str, *arguments: str) -> Any:
    status, out, err = await control_flags(url, *arguments)
    assert status == 0, err
    return json.loads(out)


async def test_set_show_and_roll_back(tmp_path: Path) -> None:
    """What is set is what a worker reads, a second setting leaves the rest, and one command takes all of it back."""
    async with redis_server(tmp_path, appendonly=False) as redis:
        await said(redis.url, "set", "--percent", "20", "--persona", "night=gateway", "--persona", "day=redis")
        await said(redis.url, "set", "--persona", "day=none", "--default", "redis")
        assert await said(redis.url, "show") == {
            "default": "redis",
            "percent_gateway": 20,
            "personas": {"night": "gateway"},
        }
        assert await redis.ask("TYPE", "acme:flags") == "string"
        poll = FlagPoll([FlagKey(RedisExecutor(redis.url), prefix="acme")], tmp_path, SystemClock())
        await poll.once()
        assert read(tmp_path) == Flags("redis", {"night": "gateway"}, 20)
        await said(redis.url, "rollback")
        await poll.once()
        assert read(tmp_path) == ROLLBACK
        await poll.aclose()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("set", "--percent", "101"), "0 to 100"),
        (("set", "--persona", "night=mars"), "NAME=redis"),
        (("set", "--default", "mars"), "invalid choice"),
    ],
)
async def test_a_mistake_is_named_and_changes_nothing(arguments: tuple[str, ...], word: str) -> None:
    status, _, err = await control_flags("redis://127.0.0.1:1", *arguments)
    assert (status, word in err) == (2, True), err


async def test_a_store_that_is_down_is_said() -> None:
    """An operator in trouble must see whether the rollback took place."""
    status, out, err = await control_flags("redis://127.0.0.1:1", "rollback")
    assert (status, out) == (1, "")
    assert "does not answer" in err
    assert "Traceback" not in err
