"""When was a packet heard? Within 20 ms, whatever the way and the publisher's clock did."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from local.stand_ins.egress.placement import LEFT_OUT, RATE, places

PACKET = RATE // 50
MS = RATE // 1000
COUNT = 500  # ten seconds of packets
_RANGE = 2**32  # of an RTP timestamp
_UNREST = np.random.default_rng(1).random(COUNT)

Way = Callable[[int], int]  # number of a packet -> samples


def _stall(number: int) -> int:
    """For 300 ms nobody reads; then what came meanwhile is read at once."""
    return max(0, (215 - number) * PACKET) if 200 <= number < 215 else 0


@pytest.mark.parametrize(
    ("delay", "pause", "jump"),
    [
        pytest.param(lambda n: int(_UNREST[n] * 60 * MS), None, None, id="up to 60 ms of unrest"),
        pytest.param(_stall, None, None, id="a reader that stood still"),
        pytest.param(lambda n: 150 * MS if n < 5 else 0, None, None, id="a late beginning"),
        pytest.param(None, lambda n: 2 * RATE if n >= 250 else 0, None, id="a publisher that paused, its clock too"),
        pytest.param(None, None, lambda n: 17 * RATE if n >= 250 else 0, id="timestamps that jump on"),
        pytest.param(None, None, lambda n: -3600 * RATE if n >= 250 else 0, id="timestamps that jump back"),
        pytest.param(None, lambda n: 7 * RATE if n >= 250 else 0, lambda n: 7 * RATE if n >= 250 else 0, id="DTX"),
        pytest.param(None, lambda n: n // 5 * MS, None, id="a clock that is 1 % slow"),
    ],
)
def test_each_packet_lies_where_it_was_heard(delay: Way | None, pause: Way | None, jump: Way | None) -> None:
    """`delay` is the way's, `pause` time in which nothing was sent, `jump` what the timestamps do besides."""

    def of(way: Way | None) -> np.ndarray:
        return np.array([way(number) if way else 0 for number in range(COUNT)], dtype=np.int64)

    sent = np.arange(COUNT) * PACKET + of(pause)
    arrived = np.maximum.accumulate(sent + of(delay))
    stamps = (np.arange(COUNT) * PACKET + of(jump) + _RANGE - 100 * PACKET) % _RANGE  # they begin anew on the way
    placed = places(arrived, stamps.astype(np.uint32))
    assert np.abs(placed - sent).max() <= 20 * MS


def test_sound_is_placed_without_a_seam() -> None:
    """Packets that follow each other do so in the file, to the sample: each seam would be a click."""
    arrived = np.arange(COUNT) * PACKET + (_UNREST * 30 * MS).astype(np.int64)
    placed = places(np.maximum.accumulate(arrived), (np.arange(COUNT) * PACKET).astype(np.uint32))
    assert set(np.diff(placed)) == {PACKET}


def test_a_packet_that_comes_late_or_twice_is_left_out() -> None:
    """A decoder that is fed them goes back in time."""
    stamps = np.array([0, 1, 3, 2, 3, 4]) * PACKET
    placed = places(np.arange(6) * PACKET, stamps.astype(np.uint32))
    assert list(placed[[3, 4]]) == [LEFT_OUT, LEFT_OUT]
    assert LEFT_OUT not in placed[[0, 1, 2, 5]]


def test_no_packets_are_no_places() -> None:
    assert places(np.zeros(0, np.int64), np.zeros(0, np.uint32)).tolist() == []
