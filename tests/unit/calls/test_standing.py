"""Whose snapshot stands, and how what was before a worker that began unread comes into its record."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from calls.outcome import Outcome
from calls.record import Caller, CallRecord, Leg
from calls.standing import END_NEVER_WRITTEN, complete, settle
from tests.support.a_call import a_record

OPEN = a_record(version=5)
ENDED = OPEN.close(1.0, Outcome.RESOLVED)
STAND_IN = OPEN.close(2.0, Outcome.FAILED, END_NEVER_WRITTEN)


def in_epoch(record: CallRecord, epoch: int, version: int | None = None) -> CallRecord:
    return replace(record, epoch=epoch, version=version or record.version)


@pytest.mark.parametrize(
    ("ours", "theirs", "stands"),
    [
        (OPEN, None, OPEN),
        (OPEN, in_epoch(OPEN, 2, 1), in_epoch(OPEN, 2, 1)),
        (in_epoch(OPEN, 2, 1), in_epoch(OPEN, 1, 99), in_epoch(OPEN, 2, 1)),
        (in_epoch(OPEN, 2, 1), in_epoch(ENDED, 1, 99), in_epoch(OPEN, 2, 1)),
        (ENDED, in_epoch(OPEN, 2), in_epoch(OPEN, 2)),
        (ENDED, in_epoch(OPEN, 1, 99), ENDED),
        (OPEN, in_epoch(STAND_IN, 1), STAND_IN),
        (OPEN, in_epoch(STAND_IN, 2), in_epoch(STAND_IN, 2)),
        (ENDED, in_epoch(STAND_IN, 2, 99), in_epoch(ENDED, 2)),
        (in_epoch(STAND_IN, 2, 99), ENDED, in_epoch(ENDED, 2)),
        (in_epoch(STAND_IN, 2), in_epoch(STAND_IN, 3), in_epoch(STAND_IN, 3)),
        (in_epoch(OPEN, 1, 5), in_epoch(OPEN, 1, 6), in_epoch(OPEN, 1, 6)),
        (replace(OPEN, turns=9), OPEN, replace(OPEN, turns=9)),
    ],
)
def test_whose_snapshot_stands(ours: CallRecord, theirs: CallRecord | None, stands: CallRecord) -> None:
    """The later worker's, except that a worker's own end is the truth where control/ wrote one in its stead."""
    assert settle(ours, theirs) == stands


FIRST = replace(
    a_record(version=40),
    answered_at=101.0,
    started_at=100.0,
    turns=7,
    data={"appointment": "A-1", "seen": "first"},
    usage={"input_tokens": 1000.0, "characters": 50.0},
    cost=0.25,
    currency="EUR",
)
BLIND = replace(
    a_record(version=3),
    line="any",
    persona="night",
    caller=Caller(Leg.WEB, ""),
    started_at=200.0,
    answered_at=201.0,
    epoch=2,
    blind_since=2,
    turns=2,
    data={"seen": "second"},
    usage={"input_tokens": 10.0, "call_minutes": 1.5},
    cost=0.5,
    currency="EUR",
)


def test_a_record_begun_unread_is_completed_by_the_one_before_it() -> None:
    """A take-over while the store hung lost who called, on which line, since when, and everything counted until then.
    Its own epoch, version and words stay."""
    whole = settle(FIRST, BLIND)
    assert whole == settle(BLIND, FIRST)
    assert (whole.caller, whole.line, whole.persona) == (FIRST.caller, FIRST.line, FIRST.persona)
    assert (whole.started_at, whole.answered_at, whole.turns) == (100.0, 101.0, 9)
    assert whole.data == {"appointment": "A-1", "seen": "second"}
    assert whole.usage == {"input_tokens": 1010.0, "characters": 50.0, "call_minutes": 1.5}
    assert (whole.cost, whole.currency) == (0.75, "EUR")
    assert (whole.epoch, whole.version, whole.before) == (2, 3, FIRST)


def test_one_that_had_been_read_stands_as_it_is() -> None:
    """An ordinary take-over carried everything on: added again, its turns would count twice."""
    read = replace(FIRST, epoch=2, version=41, turns=9)
    for ours, theirs in itertools.permutations((FIRST, read)):
        assert settle(ours, theirs) is read
    closed = read.close(300.0, Outcome.RESOLVED)
    assert settle(closed, FIRST) is closed


def test_what_is_no_news_leaves_the_very_same_record() -> None:
    """Whoever wrote it is not disturbed by a new version of the same."""
    whole = settle(FIRST, BLIND)
    for other in (FIRST, replace(BLIND, version=2), replace(FIRST, version=39, turns=6)):
        assert settle(other, whole) is whole
    assert settle(BLIND, replace(BLIND, version=2)) is BLIND


def test_its_worker_goes_on_without_knowing() -> None:
    """The snapshot in memory stays as it was begun, and is completed anew at each write; the counts do not add up."""
    whole = settle(FIRST, BLIND)
    later = BLIND.evolve(turns=5)
    assert complete(later, whole).turns == 12
    assert settle(later, whole).turns == 12
    ended = later.close(300.0, Outcome.RESOLVED)
    assert (settle(whole, ended).turns, settle(whole, ended).closed) == (12, True)


def test_a_newer_snapshot_of_the_epoch_before_takes_the_place_of_the_older() -> None:
    """The dead worker's spill file is found after its record was: three more turns, not ten more."""
    whole = settle(FIRST, BLIND)
    more = replace(FIRST, version=44, turns=10, usage={"input_tokens": 1300.0}, cost=0.3)
    again = settle(more, whole)
    assert (again.turns, again.usage["input_tokens"], again.cost) == (12, 1310.0, 0.8)
    assert again.before == more


def test_the_next_worker_read_the_unread_one() -> None:
    """It holds the blind one's counts already: of that epoch only what was before it is still to come."""
    third = replace(BLIND, epoch=3, version=9, turns=4)
    assert settle(third, BLIND) is third
    assert settle(third, settle(FIRST, BLIND)).turns == 4 + 7
    assert settle(third, FIRST).turns == 4 + 7


def test_a_failure_is_the_calls_own_and_not_a_stand_ins() -> None:
    """control/ may have ended the older record for want of another; the newer worker's end is the truth."""
    stand_in = replace(FIRST, epoch=3).close(500.0, Outcome.FAILED, END_NEVER_WRITTEN)
    ended = BLIND.close(300.0, Outcome.RESOLVED)
    for ours, theirs in itertools.permutations((stand_in, ended)):
        whole = settle(ours, theirs)
        assert (whole.outcome, whole.failure, whole.ended_at) == (Outcome.RESOLVED, None, 300.0)
        assert (whole.epoch, whole.turns, whole.started_at) == (3, 9, 100.0)
    assert settle(replace(FIRST, failure="stt_deaf"), BLIND).failure == "stt_deaf"


def test_costs_in_two_currencies_are_not_added() -> None:
    """The prices were changed between two workers: the later one's cost stays what it was."""
    whole = settle(replace(FIRST, currency="USD"), BLIND)
    assert (whole.cost, whole.currency) == (0.5, "EUR")
    unpriced = settle(FIRST, replace(BLIND, cost=None, currency=None))
    assert (unpriced.cost, unpriced.currency) == (0.25, "EUR")


def test_the_record_of_another_room_is_not_this_calls() -> None:
    """A dispatch with a stranger's call id is taken over unread: the stranger's caller stays out of its record."""
    elsewhere = replace(FIRST, room="another")
    assert settle(BLIND, elsewhere) is BLIND


@pytest.mark.parametrize("seed", range(60))
def test_in_whatever_order_they_meet_nothing_is_lost_or_counted_twice(seed: int) -> None:
    """Three workers, two of them begun unread, each with several snapshots: met in random pairs, again and again, as
    replays, conflicts and forgetful stores make them meet."""
    dice = random.Random(seed)
    turns = [dice.randrange(1, 9) for _ in range(3)]

    def snapshots(epoch: int, count: int) -> list[CallRecord]:
        blind = None if epoch == 1 else epoch
        line = "front-desk" if epoch == 1 else "any"
        own = replace(a_record(), line=line, epoch=epoch, blind_since=blind, started_at=100.0 * epoch)
        return [
            replace(own, version=10 + n, turns=min(n, count), usage={"t": n * 1.5}, data={f"{epoch}": n})
            for n in range(1, count + 1)
        ]

    every = [snapshots(epoch, count) for epoch, count in enumerate(turns, 1)]
    seen = [each for worker in every for each in worker]
    for _ in range(30):
        seen.append(settle(dice.choice(seen), dice.choice(seen)))
    last = [worker[-1] for worker in every]
    # The store's snapshot meets each worker's last at least once, from the newest or from the oldest.
    for order in itertools.permutations(last):
        found = dice.choice(seen)
        for each in order:
            found = settle(each, found)
        for each in sorted(last, key=lambda record: -record.epoch):
            found = settle(each, found)
        assert (found.epoch, found.started_at, found.line) == (3, 100.0, "front-desk")
        assert found.turns == sum(turns)
        assert found.usage == {"t": sum(turns) * 1.5}
        assert found.data == {f"{epoch}": count for epoch, count in enumerate(turns, 1)}
