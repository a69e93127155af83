"""Call ids: RFC 9562 version 7."""

from __future__ import annotations

import uuid

import pytest

from calls.ids import is_call_id, new_call_id
from tests.fakes.clock import EPOCH, FakeClock


def test_is_a_uuid_of_version_7_with_the_clocks_time() -> None:
    """Other programs read the time of a call from its id."""
    found = uuid.UUID(new_call_id(FakeClock(EPOCH + 0.123)))
    assert (found.version, found.variant) == (7, uuid.RFC_4122)
    assert found.int >> 80 == int(EPOCH * 1000) + 123


def test_ids_sort_by_time_and_do_not_repeat() -> None:
    """Files and keys of calls lie in the order in which the calls began, also when many begin in one millisecond."""
    clock = FakeClock()
    ids = []
    for _ in range(200):
        ids.append(new_call_id(clock))
        clock.advance(0.002)
    assert ids == sorted(ids)
    assert len({new_call_id(clock) for _ in range(2000)}) == 2000


@pytest.mark.parametrize("bad", ["", "../../etc/passwd", "a/b", ".hidden", "a b", "x" * 65, None, 7, "a\n", "-rf"])
def test_what_cannot_be_a_file_name_is_no_call_id(bad: object) -> None:
    """A call id arrives in dispatch metadata, which others write: it must not lead out of the records' directory."""
    assert not is_call_id(bad)


def test_own_ids_are_call_ids() -> None:
    """What we make we also take."""
    assert is_call_id(new_call_id(FakeClock()))
