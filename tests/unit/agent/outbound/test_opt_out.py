"""Who wants no more calls is called no more, whatever breaks meanwhile; and the keys a model may press."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from livekit import rtc

from agent.leftovers import Leftovers
from agent.outbound.keys import NoKeys, keys_of, press
from agent.outbound.opt_out import NoMoreCalls
from agent.outbound.opt_out_files import OptOutFiles
from agent.outbound.opt_outs_left import OptOutsLeft
from agent.tools.guard import run
from agent.tools.registry import TOOLS
from calls.permits import OptOut, Permits
from calls.ports import StoreDown
from calls.stores.memory_permits import MemoryPermits
from config.phrases.english import ENGLISH
from ops import logging
from ops.tasks import TaskSet
from tests.fakes.clock import EPOCH, FakeClock
from tests.fakes.store import FakeStore
from tests.support.desk import a_desk
from tests.support.virtual_time import virtual_time

NUMBER, CALL_ID = "+15550100042", "call-1"


class Lists:
    """The list of who wants no calls: while `down` it raises, while it `hangs` it never answers."""

    def __init__(self, *, down: bool = False, hangs: bool = False) -> None:
        self.kept, self.down, self.hangs = MemoryPermits(FakeClock()), down, hangs

    @asynccontextmanager
    async def permits(self) -> AsyncIterator[Permits]:
        if self.down:
            raise StoreDown("redis")
        if self.hangs:
            await asyncio.sleep(1e6)
        yield cast("Permits", self.kept)


@dataclass
class AnOptOut:
    """One call's, with what it noted in the record and what it has on disk."""

    calls: NoMoreCalls
    files: OptOutFiles
    tasks: TaskSet
    notes: dict[str, Any]


def no_more(lists: Lists, folder: Path, number: str | None = NUMBER) -> AnOptOut:
    notes: dict[str, Any] = {}
    files, tasks = OptOutFiles(folder), TaskSet("test")
    calls = NoMoreCalls(lists.permits, files, lambda: number, CALL_ID, FakeClock(), tasks, notes.update)
    return AnOptOut(calls, files, tasks, notes)


async def test_an_opt_out_is_on_the_list_at_once_and_once(tmp_path: Path) -> None:
    """The first time stands: tool, words and key may all tell of it. Nothing of it stays on disk."""
    lists = Lists()
    out = no_more(lists, tmp_path)
    assert await out.calls.take("voice")
    assert await out.calls.take("key")
    assert await lists.kept.opted_out(NUMBER) == OptOut(NUMBER, EPOCH, "voice", CALL_ID)
    assert out.notes == {"opt_out": True, "opt_out_how": "voice", "opt_out_kept": True}
    assert (out.files.waiting(), len(out.tasks)) == ([], 0)


@virtual_time
async def test_a_list_that_is_away_is_asked_again_until_the_call_ends(tmp_path: Path) -> None:
    """Down or hung: the answer comes within seconds, and says that the list lacks it; it is not forgotten with that."""
    for lists in (Lists(down=True), Lists(hangs=True)):
        out = no_more(lists, tmp_path)
        async with asyncio.timeout(3):
            assert await out.calls.take("key") is False
        assert out.notes == {"opt_out": True, "opt_out_how": "key", "opt_out_kept": False}
        lists.down = lists.hangs = False
        async with asyncio.timeout(5):
            while out.files.waiting():
                await asyncio.sleep(0.5)
        assert out.notes["opt_out_kept"]
        kept = await lists.kept.opted_out(NUMBER)
        assert kept is not None
        assert (kept.how, kept.call_id) == ("key", CALL_ID)
        await out.tasks.aclose()


@virtual_time
async def test_what_the_call_could_not_bring_the_workers_parent_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list is away until after the call's end, and the process with it; every ten seconds it is tried again, and
    what lies beside the files stops nobody."""
    logging.configure("json", stream=sys.stderr)
    lists, clock = Lists(down=True), FakeClock()
    out = no_more(lists, tmp_path)
    assert not await out.calls.take("voice")
    await out.tasks.aclose()
    (tmp_path / "torn.json").write_text("{")
    (tmp_path / "other.json").write_text('{"number": "+15550100043", "at": 1, "how": "voice", "call_id": "../x"}')
    left = OptOutsLeft(out.files, lists.permits)
    parent = Leftovers([FakeStore(clock)], tmp_path / "spill", clock, opt_outs=left)
    parent.start()
    await clock.sleep(65.0)
    assert [each.number for each in out.files.waiting()] == [NUMBER]
    lists.down = False
    await clock.sleep(11.0)
    assert await lists.kept.opted_out(NUMBER) == OptOut(NUMBER, EPOCH, "voice", CALL_ID)
    assert out.files.waiting() == []
    assert capsys.readouterr().err.count("opt-outs wait for the list") == 1
    await parent.aclose()


async def test_without_a_disk_it_is_on_the_list_all_the_same(tmp_path: Path) -> None:
    """The disk is the second chance."""
    (tmp_path / "taken").write_text("a file where the folder should be")
    lists = Lists()
    assert await no_more(lists, tmp_path / "taken").calls.take("voice")
    assert await lists.kept.opted_out(NUMBER) is not None


def test_the_file_is_nobody_elses(tmp_path: Path) -> None:
    """A number is in it. An id that is none names no file."""
    files = OptOutFiles(tmp_path / "opt-outs")
    files.keep(OptOut(NUMBER, EPOCH, "voice", CALL_ID))
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "opt-outs").iterdir()] == [0o600]
    with pytest.raises(OSError, match="id"):
        files.keep(OptOut(NUMBER, EPOCH, "voice", "../../up"))


async def test_who_shows_no_number_cannot_be_taken_off(tmp_path: Path) -> None:
    """And is told so."""
    out = no_more(Lists(), tmp_path, None)
    assert await out.calls.take("voice") is None
    assert out.notes == {}
    desk, _ = a_desk(tmp_path, number=None)
    desk.opt_out = out.calls.take
    assert "can't see" in await run(TOOLS["opt_out"], desk, {})


async def test_the_tool_takes_them_off(tmp_path: Path) -> None:
    """The model's way, in whatever words it was said."""
    lists = Lists()
    desk, caused = a_desk(tmp_path, number=NUMBER)
    desk.opt_out = no_more(lists, tmp_path).calls.take
    assert "no more calls" in await run(TOOLS["opt_out"], desk, {})
    assert await lists.kept.opted_out(NUMBER) is not None
    assert caused.tools[0][3]


async def test_nothing_is_promised_that_is_not_kept_yet(tmp_path: Path) -> None:
    """Neither by the model nor by the words that are said without it."""
    out = no_more(Lists(down=True), tmp_path)
    desk, _ = a_desk(tmp_path, number=NUMBER)
    desk.opt_out = out.calls.take
    assert "will get no" not in await run(TOOLS["opt_out"], desk, {})
    assert "will get no" not in ENGLISH.no_more_calls
    await out.tasks.aclose()


@pytest.mark.parametrize(("text", "keys"), [("1", "1"), ("1, 2 #", "12#"), ("0-0-*", "00*"), ("2 pound", "2#")])
def test_keys_are_read_as_models_write_them(text: str, keys: str) -> None:
    """With spaces, commas, words."""
    assert keys_of(text) == keys


@pytest.mark.parametrize("text", ["", "one", "1" * 17, "1" * 1000, "1 " * 1000, "1\x00", "+1555", "A"])
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
    for many in (60, 1000):
        assert "Not done" in await run(TOOLS["press_keys"], desk, {"keys": "1" * many})
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
