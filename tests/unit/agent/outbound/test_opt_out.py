"""Who wants no more calls is called no more, whatever breaks meanwhile; and the keys a model may press."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from livekit import rtc

from agent.outbound.keys import NoKeys, keys_of, press
from agent.outbound.opt_out import NoMoreCalls
from agent.tools.guard import run
from agent.tools.registry import TOOLS
from calls.permits import OptOut, Permits
from calls.ports import StoreDown
from calls.stores.memory_permits import MemoryPermits
from tests.fakes.clock import EPOCH, FakeClock
from tests.support.desk import a_desk
from tests.support.virtual_time import virtual_time

NUMBER, CALL_ID = "+15550100042", "call-1"


class Lists:
    """The list of who wants no calls: `down` raises, `hangs` never answers."""

    def __init__(self, *, down: bool = False, hangs: bool = False) -> None:
        self.kept, self._down, self._hangs = MemoryPermits(FakeClock()), down, hangs

    @asynccontextmanager
    async def permits(self) -> AsyncIterator[Permits]:
        if self._down:
            raise StoreDown("redis")
        if self._hangs:
            await asyncio.sleep(1e6)
        yield cast("Permits", self.kept)


def no_more(lists: Lists, number: str | None = NUMBER) -> tuple[NoMoreCalls, dict[str, Any]]:
    notes: dict[str, Any] = {}
    return NoMoreCalls(lists.permits, number, CALL_ID, FakeClock(), notes.update), notes


async def test_an_opt_out_is_on_the_list_at_once_and_once() -> None:
    """The first time stands: tool, words and key may all tell of it."""
    lists = Lists()
    calls, notes = no_more(lists)
    assert await calls.take("voice")
    assert await calls.take("key")
    assert await lists.kept.opted_out(NUMBER) == OptOut(NUMBER, EPOCH, "voice", CALL_ID)
    assert notes == {"opt_out": True, "opt_out_how": "voice", "opt_out_kept": True}


@virtual_time
async def test_the_record_has_it_where_the_list_cannot_be_reached() -> None:
    """Down or hung: within seconds, and it says that the list lacks it."""
    for lists in (Lists(down=True), Lists(hangs=True)):
        calls, notes = no_more(lists)
        async with asyncio.timeout(3):
            assert not await calls.take("key")
        assert notes == {"opt_out": True, "opt_out_how": "key", "opt_out_kept": False}


async def test_who_shows_no_number_cannot_be_taken_off(tmp_path: Path) -> None:
    """And is told so."""
    calls, notes = no_more(Lists(), None)
    assert not await calls.take("voice")
    assert notes == {}
    desk, _ = a_desk(tmp_path, number=None)
    assert "not shown" in await run(TOOLS["opt_out"], desk, {})


async def test_the_tool_takes_them_off(tmp_path: Path) -> None:
    """The model's way, in whatever words it was said."""
    lists = Lists()
    desk, caused = a_desk(tmp_path, number=NUMBER)
    desk.opt_out = no_more(lists)[0].take
    assert "no more calls" in await run(TOOLS["opt_out"], desk, {})
    assert await lists.kept.opted_out(NUMBER) is not None
    assert caused.tools[0][3]


@pytest.mark.parametrize(("text", "keys"), [("1", "1"), ("1, 2 #", "12#"), ("0-0-*", "00*"), ("2 pound", "2#")])
def test_keys_are_read_as_models_write_them(text: str, keys: str) -> None:
    """With spaces, commas, words."""
    assert keys_of(text) == keys


@pytest.mark.parametrize("text", ["", "one", "1" * 17, "1\x00", "+1555", "A"])
def test_what_are_no_keys_is_not_pressed(text: str) -> None:
    """Bounded: a model that was talked into it floods no line."""
    with pytest.raises(NoKeys):
        keys_of(text)


async def test_the_tool_presses_only_in_a_call_with_a_menu(tmp_path: Path) -> None:
    """A caller who talks the model into it gets a no."""
    desk, _ = a_desk(tmp_path)
    assert "no menu" in await run(TOOLS["press_keys"], desk, {"keys": "1"})
    pressed: list[str] = []

    async def press_one(keys: str) -> None:
        pressed.append(keys)

    desk.press_keys = press_one
    assert await run(TOOLS["press_keys"], desk, {"keys": "1 2"}) == "Pressed 1 2."
    assert "Not done" in await run(TOOLS["press_keys"], desk, {"keys": "1" * 60})
    assert pressed == ["12"]


class Pressing:
    """A room's local participant, and the room."""

    def __init__(self) -> None:
        self.local_participant, self.sent = self, list[tuple[int, str]]()

    async def publish_dtmf(self, *, code: int, digit: str) -> None:
        self.sent.append((code, digit))


@virtual_time
async def test_keys_go_out_in_order_with_pauses() -> None:
    """By their event numbers of RFC 4733."""
    room, before = Pressing(), asyncio.get_running_loop().time()
    await press(cast("rtc.Room", room), "9*#", FakeClock())
    assert room.sent == [(9, "9"), (10, "*"), (11, "#")]
    assert asyncio.get_running_loop().time() - before == pytest.approx(0.5)
