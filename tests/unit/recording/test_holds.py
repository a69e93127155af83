"""Legal holds: whole, known to everybody who deletes, and written down."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recording.audit_log import Entry, entries
from recording.bucket import BucketDown, BucketRefused, Object
from recording.holds import held, hold, marker, release
from tests.support.a_call import spoke
from tests.support.a_shelf import PREFIX, STARTED, Shelf, an_id

DEED = Entry(STARTED + 100.0, "hold", an_id(1), "Lea", "a lawsuit")
END = Entry(STARTED + 200.0, "release", an_id(1), "Lea", "it is over")


async def test_every_file_is_held_and_released() -> None:
    """Sound, copies, sidecar and plot, and the marker itself; the neighbour's are not."""
    shelf = Shelf()
    record = await shelf.call(1)
    await shelf.call(2)
    result = await hold(shelf.bucket, PREFIX, DEED, record, ())
    assert (len(result.files), result.bare) == (6, [])
    assert all(shelf.bucket.kept[name].about.held for name in [*shelf.names_of(1), marker(PREFIX, an_id(1))])
    assert not any(shelf.bucket.kept[name].about.held for name in shelf.names_of(2))
    assert await release(shelf.bucket, PREFIX, END) == 6
    assert not any(shelf.bucket.kept[name].about.held for name in shelf.names_of(1))
    assert await held(shelf.bucket, PREFIX, an_id(1)) is None
    assert await release(shelf.bucket, PREFIX, END) == 0


async def test_the_marker_says_who_and_keeps_what_the_store_forgets() -> None:
    """The store keeps a transcript for 30 days; a lawsuit takes longer."""
    shelf = Shelf()
    record = await shelf.call(1)
    await hold(shelf.bucket, PREFIX, DEED, record, [spoke(record, 1, "I fell")])
    found = await held(shelf.bucket, PREFIX, an_id(1))
    assert found is not None
    assert (found.since, found.who, found.why) == (STARTED + 100.0, "Lea", "a lawsuit")
    told = json.loads(shelf.bucket.kept[marker(PREFIX, an_id(1))].data)
    assert (told["call"]["call_id"], told["events"][0]["text"]) == (an_id(1), "I fell")


async def test_what_comes_later_is_held_by_holding_again() -> None:
    """A backup that lands afterwards; the first hold's marker stays as it was."""
    shelf = Shelf()
    record = await shelf.call(1)
    late = shelf.names_of(1)[0]
    kept = shelf.bucket.kept.pop(late)
    await hold(shelf.bucket, PREFIX, DEED, record, ())
    shelf.bucket.kept[late] = kept
    again = Entry(STARTED + 150.0, "hold", an_id(1), "Max", "the same")
    await hold(shelf.bucket, PREFIX, again, record, ())
    assert shelf.bucket.kept[late].about.held
    found = await held(shelf.bucket, PREFIX, an_id(1))
    assert found is not None
    assert found.who == "Lea"


@pytest.mark.parametrize("after", range(1, 9))
async def test_a_hold_that_breaks_off_is_heeded_and_can_be_done_again(after: int) -> None:
    """From its marker on nothing deletes; before it nobody was told that it is held."""
    shelf = Shelf()
    record = await shelf.call(1)
    shelf.bucket.down_after = after
    with pytest.raises(BucketDown):
        await hold(shelf.bucket, PREFIX, DEED, record, ())
    shelf.bucket.down = False
    assert (await held(shelf.bucket, PREFIX, an_id(1)) is not None) == (after >= 2)  # the first change is the audit's
    await hold(shelf.bucket, PREFIX, DEED, record, ())
    assert all(shelf.bucket.kept[name].about.held for name in shelf.names_of(1))


async def test_what_comes_while_it_is_held_is_held_or_heeds_the_marker() -> None:
    """A backup was brought between the look at the files and the marker: neither held it, and the lifecycle took it."""
    shelf = Shelf()
    record = await shelf.call(1)
    late = shelf.names_of(1)[0]
    kept = shelf.bucket.kept.pop(late)
    write = shelf.bucket.write

    async def slow(name: str, *about: Any, **more: Any) -> Object:
        shelf.bucket.kept[late] = kept
        return await write(name, *about, **more)

    shelf.bucket.write = slow  # type: ignore[method-assign]
    await hold(shelf.bucket, PREFIX, DEED, record, ())
    assert shelf.bucket.kept[late].about.held


async def test_two_who_hold_it_at_once_both_do() -> None:
    """The second found no marker, and then the first's."""
    shelf = Shelf()
    record = await shelf.call(1)
    other = Entry(STARTED + 100.5, "hold", an_id(1), "Max", "the same lawsuit")
    stat, mark = shelf.bucket.stat, marker(PREFIX, an_id(1))
    looked: list[str] = []

    async def first(name: str) -> Object | None:
        found = await stat(name)
        if name == mark and not looked:
            looked.append(name)
            await hold(shelf.bucket, PREFIX, other, record, ())
        return found

    shelf.bucket.stat = first  # type: ignore[method-assign]
    result = await hold(shelf.bucket, PREFIX, DEED, record, ())
    assert len(result.files) == 6
    found = await held(shelf.bucket, PREFIX, an_id(1))
    assert found is not None
    assert found.who == "Max"


async def test_it_is_written_down_or_does_not_happen() -> None:
    """A release that nobody can be asked about is none."""
    shelf = Shelf()
    record = await shelf.call(1)
    await hold(shelf.bucket, PREFIX, DEED, record, ())
    shelf.bucket.down_after = 1
    with pytest.raises(BucketDown):
        await release(shelf.bucket, PREFIX, END)
    shelf.bucket.down = False
    assert all(shelf.bucket.kept[name].about.held for name in shelf.names_of(1))
    told = [
        (each.kind, each.who)
        async for each in entries(shelf.bucket, PREFIX, "hold", since=STARTED, until=STARTED + 500.0)
    ]
    assert told == [("hold", "Lea")]


async def test_a_marker_that_cannot_be_read_holds() -> None:
    """Somebody wrote over it: that is no reason to delete anything."""
    shelf = Shelf()
    shelf.bucket.put(marker(PREFIX, an_id(1)), b"\xff{")
    assert await held(shelf.bucket, PREFIX, an_id(1)) is not None


async def test_a_bucket_without_holds_is_told_and_delete_heeds_the_marker() -> None:
    """An emulator: nothing but our own commands will stop."""
    shelf = Shelf()
    record = await shelf.call(1)

    async def refuse(name: str, **_: object) -> object:
        raise BucketRefused("no_holds")

    shelf.bucket.mark = refuse  # type: ignore[method-assign, assignment]
    result = await hold(shelf.bucket, PREFIX, DEED, record, ())
    assert len(result.bare) == 7
    assert await held(shelf.bucket, PREFIX, an_id(1)) is not None
