"""Every call to the outside ends in time, and the error says who was asked."""

from __future__ import annotations

import asyncio

import pytest

from ops.deadline import DeadlineExceeded, deadline
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_late_block_is_cancelled_and_named() -> None:
    """An operator reads which server was late and how long it was waited for."""
    loop = asyncio.get_running_loop()
    with pytest.raises(DeadlineExceeded, match=r"tts: no answer within 2\.5 s") as caught:
        async with deadline(2.5, "tts"):
            await asyncio.sleep(3600)
    assert (caught.value.what, caught.value.seconds) == ("tts", 2.5)
    assert loop.time() == pytest.approx(2.5)


@virtual_time
async def test_timely_block_passes() -> None:
    """A block that ends in time leaves no timer that strikes later."""
    async with deadline(1.0, "llm"):
        await asyncio.sleep(0.9)
    await asyncio.sleep(5)


@virtual_time
async def test_a_librarys_own_timeout_is_not_ours() -> None:
    """A TimeoutError raised inside the block before the deadline keeps its own words."""
    with pytest.raises(TimeoutError, match="handshake") as caught:
        async with deadline(1.0, "riva"):
            raise TimeoutError("handshake")
    assert not isinstance(caught.value, DeadlineExceeded)


@virtual_time
async def test_the_inner_deadline_is_named_not_the_outer() -> None:
    """With two deadlines nested, the one that struck is the one reported."""
    with pytest.raises(DeadlineExceeded, match="inner"):
        async with deadline(9.0, "outer"), deadline(1.0, "inner"):
            await asyncio.sleep(3600)


@virtual_time
async def test_cancellation_from_outside_is_not_a_deadline() -> None:
    """A task that is cancelled while it waits ends as cancelled."""

    async def wait() -> None:
        async with deadline(60.0, "store"):
            await asyncio.sleep(3600)

    waiting = asyncio.get_running_loop().create_task(wait())
    await asyncio.sleep(1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
