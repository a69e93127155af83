"""A call that cannot be saved is given up in time, and one that can is not given up for its history."""

from __future__ import annotations

import pytest

from control.attempts import TRIES, WITHIN_S, Attempts
from tests.fakes.clock import FakeClock


@pytest.mark.parametrize(
    ("epoch", "written", "given_up"), [(5, 1, False), (6, 1, True), (9, 8, False), (12, None, False)]
)
def test_tries_are_counted_by_the_store(epoch: int, written: int | None, given_up: bool) -> None:
    """Each try is an epoch above the last that wrote: a new leader knows what the one before it tried."""
    assert Attempts(FakeClock()).exhausted("call", epoch=epoch, written=written) is given_up


def test_thirty_seconds_of_vain_tries_are_enough() -> None:
    """However few they were."""
    clock = FakeClock()
    attempts = Attempts(clock)
    attempts.made("call", written=1)
    clock.advance(WITHIN_S - 1)
    assert not attempts.exhausted("call", epoch=2, written=1)
    clock.advance(1)
    assert attempts.exhausted("call", epoch=2, written=1)
    assert not attempts.exhausted("call", epoch=3, written=2)  # somebody came after all
    assert not attempts.exhausted("another", epoch=2, written=1)


def test_a_worker_lost_now_and_then_is_no_reason() -> None:
    """Five within a minute are; five in an hour are a long call on bad machines."""
    clock = FakeClock()
    attempts = Attempts(clock)
    for epoch in range(1, TRIES + 1):
        attempts.made("long", written=epoch)
        clock.advance(600)
    assert not attempts.exhausted("long", epoch=6, written=6)
    for epoch in range(1, TRIES + 1):
        assert not attempts.exhausted("doomed", epoch=epoch, written=epoch)
        attempts.made("doomed", written=epoch)
        clock.advance(2)
    assert attempts.exhausted("doomed", epoch=6, written=6)
    attempts.forget("doomed")
    assert not attempts.exhausted("doomed", epoch=6, written=6)
