"""A caller's deletion: all of it, nothing of anybody else, nothing that is held, and a receipt that says so."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from calls.outbound import DialState, OutboundCall
from calls.ports import RecordUnreadable, StoreDown
from calls.recording import RecordingState
from ops.clock import Clock
from recording.audit_log import Entry
from recording.bucket import BucketDown, BucketRefused, Exists
from recording.deletion import Subject
from recording.holds import hold
from recording.names import Names, redacted
from recording.receipts import Receipt
from tests.support.a_shelf import ANN, BOB, PREFIX, STARTED, Shelf, an_id

OF_ANN = Subject(number=ANN)


async def delete(shelf: Shelf, subject: Subject = OF_ANN) -> Receipt:
    last = None
    async for book in shelf.deletion.carry_out(subject, who="Eve", why="she asked", recoverable_days=7.0):
        last = book.receipt
    assert last is not None
    return last


async def test_all_of_a_caller_and_nothing_of_another() -> None:
    """Sound, backup, redacted copy, sidecar, plot, record, transcript; the neighbour's stay to the last byte."""
    shelf = Shelf()
    await shelf.call(1)
    await shelf.call(2)
    other = await shelf.call(3, BOB)
    receipt = await delete(shelf)
    assert receipt.complete
    assert [(call.call_id, len(call.files), call.record) for call in receipt.calls] == [
        (an_id(1), 6, "deleted"),
        (an_id(2), 6, "deleted"),
    ]
    assert shelf.names_of(1) == shelf.names_of(2) == []
    assert len(shelf.names_of(3)) == 6
    assert await shelf.store.record(an_id(1)) is None
    assert list(await shelf.store.events(an_id(2))) == []
    assert await shelf.store.record(an_id(3)) == other


async def test_the_receipt_is_kept_and_has_no_number() -> None:
    """It says what went, when, for whom and why, and for how long Google could bring it back; the caller is a hash."""
    shelf = Shelf()
    await shelf.call(1)
    receipt = await delete(shelf)
    text = shelf.bucket.kept[receipt.name].data.decode()
    assert ANN not in text
    assert ANN[1:] not in text
    told = json.loads(text)
    assert (told["complete"], told["who"], told["why"], told["recoverable_days"]) == (True, "Eve", "she asked", 7.0)
    assert {file["result"] for file in told["calls"][0]["files"]} == {"deleted"}
    assert receipt.name.startswith(f"{PREFIX}/receipts/caller-")


async def test_to_look_changes_nothing() -> None:
    """The dry run tells all that would go."""
    shelf = Shelf()
    await shelf.call(1)
    before = shelf.bucket.names
    (call,) = await shelf.deletion.plan(OF_ANN)
    assert [file.name for file in call.files] == shelf.names_of(1)
    assert shelf.bucket.names == before
    assert not {"write", "mark", "delete"} & set(shelf.bucket.asked)
    assert shelf.store.forgotten == set()


async def test_what_egress_left_beside_a_recording_goes_too() -> None:
    """Its manifests have no name of ours: known by the egress or by what is in them. Another call's stays."""
    shelf = Shelf()
    await shelf.call(1)
    shelf.manifest("EG_11")
    shelf.manifest("EG_unknown", json.dumps({"filename": f"x/{an_id(1)}.ogg"}))
    others = shelf.manifest("EG_other", json.dumps({"filename": f"x/{an_id(2)}.ogg"}))
    receipt = await delete(shelf)
    assert receipt.complete
    assert [name for name in shelf.bucket.names if "EG_" in name] == [others.name]


async def test_the_manifest_is_found_by_the_sidecar_when_the_record_is_gone() -> None:
    """The store forgets a call long before the bucket does."""
    shelf = Shelf()
    await shelf.call(1)
    await shelf.store.erase(an_id(1))
    shelf.manifest("EG_12")
    receipt = await delete(shelf)
    assert (receipt.complete, [call.record for call in receipt.calls]) == (True, ["none"])
    assert not [name for name in shelf.bucket.names if "EG_" in name]


async def test_a_call_that_left_no_files_is_found_by_the_store() -> None:
    """A line that records nothing keeps a transcript all the same."""
    shelf = Shelf()
    await shelf.call(1)
    for name in shelf.names_of(1):
        del shelf.bucket.kept[name]
    receipt = await delete(shelf)
    assert [(call.call_id, call.files, call.record) for call in receipt.calls] == [(an_id(1), (), "deleted")]


async def test_a_held_call_stays_whole_and_is_told() -> None:
    """The rest goes; the receipt is not complete."""
    shelf = Shelf()
    held = await shelf.call(1)
    await shelf.call(2)
    await hold(shelf.bucket, PREFIX, Entry(STARTED, "hold", an_id(1), "Lea", "a lawsuit"), held, ())
    receipt = await delete(shelf)
    assert not receipt.complete
    assert [(call.call_id, call.kept) for call in receipt.calls] == [(an_id(1), "held"), (an_id(2), "")]
    assert len(shelf.names_of(1)) == 6
    assert await shelf.store.record(an_id(1)) == held


async def test_one_file_that_somebody_else_held_keeps_the_call() -> None:
    """A hold that was set at Google by hand is a hold."""
    shelf = Shelf()
    await shelf.call(1)
    await shelf.bucket.mark(shelf.names_of(1)[0], held=True)
    receipt = await delete(shelf)
    assert [call.kept for call in receipt.calls] == ["held"]
    assert len(shelf.names_of(1)) == 6


@pytest.mark.parametrize("state", [RecordingState.ENDED, RecordingState.MISSING])
async def test_a_recording_that_is_still_looked_for_is_waited_for(state: RecordingState) -> None:
    """Deleted now, its backup could land an hour later and stay for ever."""
    shelf = Shelf()
    await shelf.call(1, state=state)
    receipt = await delete(shelf)
    assert [call.kept for call in receipt.calls] == ["recording not settled"]
    assert len(shelf.names_of(1)) == 6


async def test_a_call_that_goes_on_stays() -> None:
    """Its worker would write all of it again."""
    shelf = Shelf()
    record = await shelf.call(1)
    shelf.store._records[record.call_id] = replace(record, ended_at=None, outcome=None)
    assert [call.kept for call in (await delete(shelf)).calls] == ["goes on"]


async def test_one_call_by_its_id() -> None:
    """The caller's other calls stay."""
    shelf = Shelf()
    await shelf.call(1)
    await shelf.call(2)
    receipt = await delete(shelf, Subject(call_id=an_id(1)))
    assert receipt.complete
    assert (shelf.names_of(1), len(shelf.names_of(2))) == ([], 6)


async def test_nothing_to_delete_has_a_receipt_too() -> None:
    """Who asks what is kept of them is owed an answer also where it is: nothing."""
    shelf = Shelf()
    await shelf.call(1, BOB)
    receipt = await delete(shelf)
    assert (receipt.complete, receipt.calls) == (True, ())


async def test_orders_to_call_somebody_go_too() -> None:
    """Also those that nobody answered, of which there is no record; one that is still to be dialled is told."""
    shelf = Shelf()
    done = OutboundCall("order-1", ANN, "clinic", "receptionist", STARTED, data={"name": "Ann"}).become(
        DialState.NO_ANSWER, STARTED
    )
    await shelf.orders.order(done, "key-1")
    await shelf.orders.order(OutboundCall("order-2", ANN, "clinic", "receptionist", STARTED), "key-2")
    await shelf.orders.order(OutboundCall("order-3", BOB, "clinic", "receptionist", STARTED), "key-3")
    receipt = await delete(shelf)
    assert [(call.call_id, call.kept, call.record) for call in receipt.calls] == [
        ("order-1", "", "deleted"),
        ("order-2", "to be called", ""),
    ]
    assert await shelf.orders.get("order-1") is None
    assert await shelf.orders.get("order-3") is not None


@pytest.mark.parametrize("after", range(1, 16))
async def test_a_deletion_that_breaks_off_goes_on_from_there(after: int) -> None:
    """Killed after any of its changes, done again: all is gone, in one receipt that lists all of it."""
    shelf = Shelf()
    await shelf.call(1)
    await shelf.call(2)
    shelf.bucket.down_after = after
    with pytest.raises(BucketDown):
        await delete(shelf)
    shelf.bucket.down = False
    receipt = await delete(shelf)
    assert receipt.complete
    assert {len(call.files) for call in receipt.calls} == {6}
    assert shelf.names_of(1) == shelf.names_of(2) == []
    assert shelf.store.forgotten == {an_id(1), an_id(2)}
    assert len([name for name in shelf.bucket.names if "/receipts/" in name]) == 1


async def test_a_store_that_is_down_stops_it_and_it_goes_on_later() -> None:
    """The files may be gone; the record, and the receipt without an end, bring the next one back to it."""
    shelf = Shelf()
    await shelf.call(1)

    class Down(type(shelf.store)):  # type: ignore[misc]
        async def erase(self, call_id: str, number: str | None = None) -> bool:
            raise StoreDown("scripted")

    clock: Clock = shelf.clock
    broken = Down(clock)
    broken._records = shelf.store._records
    working, shelf.store = shelf.store, broken
    with pytest.raises(StoreDown):
        await delete(shelf)
    shelf.store = working
    assert (await delete(shelf)).complete
    assert shelf.store.forgotten == {an_id(1)}


async def test_two_at_once_do_not_mix_their_receipts() -> None:
    """The second to write its receipt is told."""
    shelf = Shelf()
    await shelf.call(1)
    await shelf.call(2)
    first = shelf.deletion.carry_out(OF_ANN, who="A", why="a", recoverable_days=None)
    await anext(first)
    second = shelf.deletion.carry_out(OF_ANN, who="B", why="b", recoverable_days=None)
    await anext(second)
    with pytest.raises(Exists):
        async for _ in first:
            pass


async def test_no_permission_is_said_and_nothing_is_half_told() -> None:
    """The receipt without an end stays for the next try."""
    shelf = Shelf()
    await shelf.call(1)
    shelf.bucket.refuses = "no_permission"
    with pytest.raises(BucketRefused, match="no_permission"):
        await delete(shelf)
    shelf.bucket.refuses = None
    assert (await delete(shelf)).complete


async def test_what_was_being_written_while_it_was_deleted_goes_too() -> None:
    """Control drew the call just then: its drawing lands after the files were listed, and before the record went."""
    shelf = Shelf()
    await shelf.call(1)
    plot = next(name for name in shelf.names_of(1) if name.endswith(".svg"))
    erase = shelf.store.erase

    async def late(call_id: str, number: str | None = None) -> bool:
        shelf.bucket.put(plot, b"<svg/>")
        return await erase(call_id, number)

    shelf.store.erase = late  # type: ignore[method-assign]
    receipt = await delete(shelf)
    assert shelf.names_of(1) == []
    assert (receipt.complete, len(receipt.calls[0].files)) == (True, 7)


async def test_a_copy_of_a_workers_own_track_goes_too() -> None:
    """Redacted, it still is the caller's voice."""
    shelf = Shelf()
    record = await shelf.call(1)
    shelf.bucket.put(redacted(Names(PREFIX, STARTED, "front-desk", record.call_id).backup(1)), b"sound")
    assert (await delete(shelf)).complete
    assert not [name for name in shelf.bucket.names if record.call_id in name]


async def test_files_of_the_day_after_go_too() -> None:
    """Taken over unread after midnight: the new worker named its own track for the new day."""
    shelf = Shelf()
    record = await shelf.call(1)
    name = Names(PREFIX, STARTED + 86_400.0, "front-desk", record.call_id).backup(2)
    assert record.recording is not None
    shelf.store._records[record.call_id] = replace(record, recording=record.recording.evolve(backups=(name,)))
    shelf.bucket.put(name, b"sound")
    assert (await delete(shelf)).complete
    assert name not in shelf.bucket.kept


async def test_an_order_that_cannot_be_read_stops_nothing() -> None:
    """Written by a newer version: it goes, as all the caller's calls do."""
    shelf = Shelf()
    await shelf.call(1)

    async def odd(call_id: str) -> OutboundCall | None:
        raise RecordUnreadable("scripted")

    shelf.orders.get = odd  # type: ignore[method-assign]
    receipt = await delete(shelf)
    assert (receipt.complete, receipt.calls[0].record) == (True, "deleted")
