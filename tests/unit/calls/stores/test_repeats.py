"""A reply that did not come: what may be sent again, how often, and when."""

from __future__ import annotations

import pytest

from calls.stores.executor import Command
from calls.stores.repeats import Budget, may_repeat, pause_s
from calls.stores.scripts import DIRECTORY, script


@pytest.mark.parametrize(
    ("commands", "may"),
    [
        ([("PING",)], True),
        ([("hget", "k", "f"), ("XRANGE", "k", "-", "+")], True),
        ([("HGET", "k", "f"), ("INCR", "k")], False),
        ([("XADD", "k", "*", "f", "v")], False),
        ([("EVALSHA", "0" * 40, 0)], False),
        ([("EVAL", "return redis.call('INCR', KEYS[1])", 1, "k")], False),
        ([], True),
    ],
)
def test_only_what_does_no_harm_twice(commands: list[Command], may: bool) -> None:
    """A counter that was counted, and whose reply was lost, must not be counted again."""
    assert may_repeat(commands) is may


# A count taken twice is wrong twice; a change done once is told to its repeat as another writer's.
ONCE = ("tally_take", "tally_back", "outbound_change")


@pytest.mark.parametrize("name", ONCE)
def test_a_script_that_counts_is_never_repeated(name: str) -> None:
    """Its sender must decide."""
    assert not may_repeat([("EVALSHA", script(name).sha, 0)])


@pytest.mark.parametrize("name", sorted({path.stem for path in DIRECTORY.glob("*.lua")} - set(ONCE)))
def test_every_other_script_of_the_house_may_be_repeated(name: str) -> None:
    """Each was written so; a new one that was not must not come here unseen."""
    assert may_repeat([("EVALSHA", script(name).sha, 0)])
    assert may_repeat([("EVAL", script(name).text, 0)])


def test_retries_are_at_most_a_tenth() -> None:
    """A gateway that answers no request is asked ten times more than without retries, not twice as often for ever."""
    budget = Budget()
    assert sum(budget.spend() for _ in range(1000)) == 10
    for _ in range(100):
        budget.earn()
    assert sum(budget.spend() for _ in range(1000)) in (9, 10)  # a tenth a hundred times, in floating point


def test_pauses_grow_and_are_bounded() -> None:
    """Between nothing and a bound that doubles to 0.4 s: within the two seconds of a request."""
    assert [pause_s(attempt, lambda: 1.0) for attempt in (1, 2, 3, 9)] == [0.1, 0.2, 0.4, 0.4]
    assert pause_s(3, lambda: 0.0) == 0.0
