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
