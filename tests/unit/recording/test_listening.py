"""Who listens is written down first, and gets what there is to hear, and only of that call."""

from __future__ import annotations

import pytest

from recording.audit_log import Entry, entries
from recording.bucket import BucketDown, BucketRefused
from recording.listening import Sound, addresses, measurable, sounds
from tests.support.a_shelf import PREFIX, STARTED, Shelf, an_id

HOUR_S = 3600.0


async def listens(shelf: Shelf, since: float = STARTED, call_id: str | None = None) -> list[Entry]:
    until = STARTED + 3 * 24 * HOUR_S
    return [each async for each in entries(shelf.bucket, PREFIX, "listen", since=since, until=until, call_id=call_id)]


def deed(number: int, files: list[str], at: float = STARTED) -> Entry:
    return Entry(at, "listen", an_id(number), "Eve", "a complaint", tuple(files))


async def test_the_whole_talk_in_its_order() -> None:
    """The parts that egress wrote; then the worker's own track: it would not be there if they were all of it."""
    shelf = Shelf()
    await shelf.call(1)
    found = await sounds(shelf.bucket, PREFIX, an_id(1), Sound.WHOLE)
    assert [name.rpartition("/")[2] for name in found] == [
        f"{an_id(1)}.ogg",
        f"{an_id(1)}-2.ogg",
        f"{an_id(1)}.backup.ogg",
    ]
    assert measurable(found) == found[2:]
    assert measurable(found[:2]) == found[:2]
    redacted = await sounds(shelf.bucket, PREFIX, an_id(1), Sound.REDACTED)
    assert [name.rpartition("/")[2] for name in redacted] == [f"{an_id(1)}.redacted.ogg"]


async def test_the_backup_where_there_is_nothing_else() -> None:
    """It was kept for this."""
    shelf = Shelf()
    await shelf.call(1)
    for name in [name for name in shelf.names_of(1) if name.endswith((f"{an_id(1)}.ogg", "-2.ogg"))]:
        del shelf.bucket.kept[name]
    (found,) = await sounds(shelf.bucket, PREFIX, an_id(1), Sound.WHOLE)
    assert found.endswith(".backup.ogg")


async def test_an_address_is_good_for_an_hour_and_written_down() -> None:
    """Who, what, why and when, before anybody has it."""
    shelf = Shelf()
    await shelf.call(1)
    files = await sounds(shelf.bucket, PREFIX, an_id(1), Sound.WHOLE)
    found = await addresses(shelf.bucket, PREFIX, deed(1, files))
    assert list(found) == files
    assert shelf.bucket.signed == [(name, HOUR_S) for name in files]
    assert shelf.bucket.asked.index("write") < shelf.bucket.asked.index("signed_url")
    assert await listens(shelf) == [deed(1, files)]


@pytest.mark.parametrize("trouble", ["down", "no_permission"])
async def test_what_cannot_be_written_down_is_not_heard(trouble: str) -> None:
    """The audit's folder may refuse while the sound can be read: no address then."""
    shelf = Shelf()
    await shelf.call(1)
    files = await sounds(shelf.bucket, PREFIX, an_id(1), Sound.WHOLE)
    shelf.bucket.down, shelf.bucket.refuses = trouble == "down", None if trouble == "down" else trouble
    with pytest.raises((BucketDown, BucketRefused)):
        await addresses(shelf.bucket, PREFIX, deed(1, files))
    assert shelf.bucket.signed == []


async def test_the_audit_is_never_written_over() -> None:
    """Two at the same second are two."""
    shelf = Shelf()
    for _ in range(2):
        await addresses(shelf.bucket, PREFIX, deed(1, []))
    assert len(await listens(shelf)) == 2


async def test_who_listened_by_call_and_by_time() -> None:
    """Days are walked through in order, and what lies outside is left out."""
    shelf = Shelf()
    for number, at in ((1, STARTED), (2, STARTED + 24 * HOUR_S), (1, STARTED + 48 * HOUR_S)):
        await addresses(shelf.bucket, PREFIX, deed(number, [], at))
    assert [each.call_id for each in await listens(shelf)] == [an_id(1), an_id(2), an_id(1)]
    assert [each.at for each in await listens(shelf, call_id=an_id(1))] == [STARTED, STARTED + 48 * HOUR_S]
    assert [each.call_id for each in await listens(shelf, since=STARTED + HOUR_S)] == [an_id(2), an_id(1)]


async def test_an_entry_that_cannot_be_read_is_told_as_one() -> None:
    """Silence would look like nobody."""
    shelf = Shelf()
    await addresses(shelf.bucket, PREFIX, deed(1, []))
    (name,) = [name for name in shelf.bucket.names if "/audit/" in name]
    shelf.bucket.put(name, b"{")
    (found,) = await listens(shelf)
    assert (found.who, found.at) == ("?", STARTED)
