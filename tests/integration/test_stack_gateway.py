"""The stack's state gateway: before the calls' own store, with a key that the product's own command has minted."""

from __future__ import annotations

import stat
from pathlib import Path

import aiohttp

from local.ports import Ports
from local.stack import Stack

_ONLY = frozenset({"state", "gcs", "gateway"})


async def _status(stack: Stack, key: str) -> int:
    command = ["GET", "switchboard:anything"]
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as session,
        session.post(stack.info.gateway_url, json=command) as answer,
    ):
        return answer.status


async def test_the_agents_key_opens_it_and_is_made_once(tmp_path: Path) -> None:
    """A key a start would fill the clients file; and it is nobody's but this user's."""
    async with Stack(tmp_path, Ports.free(), only=_ONLY) as stack:
        given = stack.info.through_gateway()
        assert await _status(stack, given["STATE_API_KEY"]) == 200
        assert await _status(stack, "sk_000000000000_" + 64 * "0") == 401
    assert given.keys() == {"STATE_URL", "STATE_API_KEY", "STATE_SIGNING_KEY"}
    assert stat.S_IMODE(stack.info.gateway_key_file.stat().st_mode) == 0o600
    async with Stack(tmp_path, Ports.free(), only=_ONLY) as again:
        assert again.info.through_gateway() | {"STATE_URL": ""} == given | {"STATE_URL": ""}
        assert await _status(again, given["STATE_API_KEY"]) == 200
