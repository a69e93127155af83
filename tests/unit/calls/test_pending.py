"""One call in memory: what is sent next, and what memory gives up when it is full."""

from __future__ import annotations

from calls.pending import CHUNK, Pending
from tests.support.a_call import a_record, spoke


def test_a_long_history_goes_in_pieces_with_rising_versions() -> None:
    """No write is larger than a gateway takes, and a store that lost the last piece is seen to be behind."""
    pending = Pending(a_record(version=1))
    for seq in range(1, 2 * CHUNK + 2):
        pending.add(spoke(pending.record, seq), pending.record)
    sizes, versions = [], []
    while (write := pending.next()) is not None:
        sizes.append(len(write.events))
        versions.append((write.expected_version, write.record.version))
        pending.stored(write.record.version)
    assert sizes == [CHUNK, CHUNK, 1]
    assert versions == [(0, 1), (1, 2), (2, 3)]


def test_memory_gives_up_what_is_safe_first() -> None:
    """Stored events go first, then those on disk; what is neither is lost, and counted."""
    pending = Pending(a_record())
    for seq in range(1, 31):
        pending.add(spoke(pending.record, seq), pending.record)
    pending.stored_to, pending.on_disk = 10, 20
    assert pending.trim(30) == 0
    assert (pending.trim(20), pending.events[0].seq, pending.only_on_disk) == (0, 13, 2)
    assert pending.behind == 20
    assert pending.trim(8) == 3
    assert (pending.only_on_disk, len(pending.events)) == (10, 7)


def test_an_unconfirmed_batch_is_repeated_unchanged() -> None:
    """The same key always means the same write: what was added meanwhile waits for the next."""
    pending = Pending(a_record())
    pending.add(spoke(pending.record, 1), pending.record)
    first = pending.next()
    pending.add(spoke(pending.record, 2), pending.record)
    assert pending.next() is first
    assert first is not None
    pending.stored(1)
    second = pending.next()
    assert second is not None
    assert second.key != first.key
    assert [event.seq for event in second.events] == [2]
