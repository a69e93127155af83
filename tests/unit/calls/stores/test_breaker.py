"""A gateway that is gone must cost a call nothing, and be found again soon after it is back."""

from __future__ import annotations

import pytest

from calls.stores.breaker import Breaker
from tests.fakes.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def breaker(clock: FakeClock) -> Breaker:
    return Breaker(clock, chance=lambda: 1.0)  # the longest pauses


def state(breaker: Breaker) -> str:
    return breaker.state


def fails(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        assert breaker.enter()
        breaker.failed()


def test_it_opens_after_five_failures_in_a_row(breaker: Breaker) -> None:
    """Four may be bad luck."""
    fails(breaker, 4)
    assert state(breaker) == "closed"
    fails(breaker, 1)
    assert state(breaker) == "open"
    assert not breaker.enter()


def test_a_success_between_begins_the_count_anew(breaker: Breaker) -> None:
    """A gateway that fails every third request is asked all the time."""
    for _ in range(20):
        fails(breaker, 2)
        assert breaker.enter()
        breaker.succeeded()
    assert state(breaker) == "closed"


def test_one_trial_after_a_second(breaker: Breaker, clock: FakeClock) -> None:
    """Not all who wait: one, and the others are told at once."""
    fails(breaker, 5)
    clock.advance(0.99)
    assert not breaker.enter()
    clock.advance(0.02)
    assert state(breaker) == "half-open"
    assert breaker.enter()
    assert not breaker.enter()
    breaker.succeeded()
    assert state(breaker) == "closed"
    assert breaker.enter()


def test_pauses_double_up_to_eight_seconds(breaker: Breaker, clock: FakeClock) -> None:
    """1, 2, 4, 8, 8: a gateway that was away for an hour is found within eight seconds."""
    fails(breaker, 5)
    for pause_s in (1.0, 2.0, 4.0, 8.0, 8.0):
        clock.advance(pause_s - 0.01)
        assert not breaker.enter()
        clock.advance(0.02)
        fails(breaker, 1)


def test_after_it_closed_it_begins_with_one_second(breaker: Breaker, clock: FakeClock) -> None:
    fails(breaker, 5)
    clock.advance(1.01)
    fails(breaker, 1)
    clock.advance(2.01)
    assert breaker.enter()
    breaker.succeeded()
    fails(breaker, 5)
    clock.advance(1.01)
    assert breaker.enter()


@pytest.mark.parametrize(("chance", "pause_s"), [(0.0, 0.5), (0.5, 0.75)])
def test_pauses_differ_between_workers(clock: FakeClock, chance: float, pause_s: float) -> None:
    """A hundred workers must not come back at the same instant."""
    breaker = Breaker(clock, chance=lambda: chance)
    fails(breaker, 5)
    clock.advance(pause_s - 0.01)
    assert not breaker.enter()
    clock.advance(0.02)
    assert breaker.enter()


def test_a_trial_whose_caller_went_away_leaves_its_place_to_another(breaker: Breaker, clock: FakeClock) -> None:
    """Else nobody would ever ask again."""
    fails(breaker, 5)
    clock.advance(1.01)
    assert breaker.enter()
    breaker.abandoned()
    assert breaker.enter()


def test_those_under_way_when_it_opened_do_not_lengthen_the_pause(breaker: Breaker, clock: FakeClock) -> None:
    """Their failures are of the same outage."""
    for _ in range(8):
        assert breaker.enter()
    for _ in range(8):
        breaker.failed()
    clock.advance(1.01)
    assert breaker.enter()
