"""Keys pressed one after another are one entry, whole and in order."""

import asyncio

from agent.turns.keypad import Keypad
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_a_pause_ends_the_entry() -> None:
    """Keys come 250 ms apart from a machine and up to a second apart from a person; later ones are another entry."""
    entries: list[str] = []
    tasks = TaskSet("test")
    pad = Keypad(FakeClock(), tasks, entries.append)
    for digit in "1*3":
        pad.pressed(digit)
        await asyncio.sleep(1.0)
    await asyncio.sleep(1.0)
    pad.pressed("9")
    await asyncio.sleep(2.0)
    assert entries == ["1*3", "9"]
    await tasks.aclose()


@virtual_time
async def test_a_hash_after_a_complete_number_is_its_end() -> None:
    """One, at once: a later one, a second one, and one after another key are pressed for something."""
    entries: list[str] = []
    tasks = TaskSet("test")
    pad = Keypad(FakeClock(), tasks, entries.append)

    async def typed(keys: str) -> None:
        for key in keys:
            pad.pressed(key)
            await asyncio.sleep(0.5)

    for keys in ("1234#", "1234##", "12345#", "123#"):
        pad.expect(4)
        await typed(keys)
        await asyncio.sleep(10.0)
    assert entries == ["1234", "1234", "#", "1234", "5#", "123#"]
    entries.clear()
    pad.expect(4)
    await typed("1234")
    await asyncio.sleep(2.0)
    await typed("#")
    assert entries == ["1234", "#"]
    await tasks.aclose()


@virtual_time
async def test_a_flood_is_bounded_where_a_number_is_awaited_too() -> None:
    """1,000 keys to "as many as there are": one entry of 32. To four digits: those, and what is left over."""
    entries: list[str] = []
    tasks = TaskSet("test")
    pad = Keypad(FakeClock(), tasks, entries.append)
    pad.expect(0)
    for _ in range(1000):
        pad.pressed("7")
    await asyncio.sleep(10.0)
    assert entries == ["7" * 32]
    pad.expect(4)
    for _ in range(1000):
        pad.pressed("7")
    await asyncio.sleep(10.0)
    assert entries[1:] == ["7777", "7" * 32]
    await tasks.aclose()


@virtual_time
async def test_the_hash_key_ends_the_entry_at_once_and_a_flood_is_bounded() -> None:
    """1,000 digits are an attack or a pocket: kept to 32."""
    entries: list[str] = []
    tasks = TaskSet("test")
    pad = Keypad(FakeClock(), tasks, entries.append)
    for digit in "7" * 1000:
        pad.pressed(digit)
    pad.pressed("#")
    assert entries == ["7" * 32]
    await tasks.aclose()
