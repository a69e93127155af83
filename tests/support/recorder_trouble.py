"""Trouble with the egress double (local/stand_ins/egress/script.go has the words), ordered as a test tells it."""

from __future__ import annotations

import aiohttp

from local.info import StackInfo


async def order(info: StackInfo, behaviour: str, *, room: str = "", times: int = 1, after_ms: int = 0) -> None:
    """For the next `times` recordings (0: until `take_back`) of rooms whose names begin with `room`. AssertionError for
    what is no behaviour."""
    script = {"behaviour": behaviour, "room": room, "times": times, "after_ms": after_ms}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{info.egress_url}/script", json=script) as answer,
    ):
        assert answer.status == 200, await answer.text()


async def take_back(info: StackInfo) -> None:
    """All that was ordered and has not happened."""
    async with aiohttp.ClientSession() as session, session.delete(f"{info.egress_url}/script") as answer:
        assert answer.status == 200
