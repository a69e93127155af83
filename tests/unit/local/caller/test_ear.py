"""The phone's jitter buffer: what it evens out, and what it lets be heard late."""

from __future__ import annotations

import pytest

from local.caller.ear import Ear

PACKET_S = 0.02


def play(arrivals: list[float], *, silent: bool = False, ear: Ear | None = None, first: int = 0) -> list[float]:
    ear = ear or Ear(0.04)
    return [ear.plays_at((first + n) * PACKET_S, now, silent=silent) for n, now in enumerate(arrivals)]


def test_jitter_within_the_buffer_is_not_heard() -> None:
    """Packets come up to 30 ms late, and play exactly 20 ms apart."""
    heard = play([10.0, 10.05, 10.04, 10.09, 10.08])
    assert heard == pytest.approx([10.04, 10.06, 10.08, 10.10, 10.12])


def test_a_late_packet_is_heard_late_and_so_are_those_after_it() -> None:
    """An ear that put them where they should have been would hide the delay that the caller suffers."""
    heard = play([10.0, 10.02, 10.24, 10.241])
    assert heard == pytest.approx([10.04, 10.06, 10.28, 10.30])


def test_silence_takes_back_the_delay_that_a_late_packet_added() -> None:
    """One stall must not lengthen every answer until the end of the call."""
    ear = Ear(0.04)
    play([10.0, 10.02, 10.24, 10.241, 10.242], ear=ear)
    quiet = play([10.40], silent=True, ear=ear, first=15)
    assert quiet == pytest.approx([10.44])
    assert play([10.42], ear=ear, first=16) == pytest.approx([10.46])


def test_a_sender_that_jumps_ahead_is_followed() -> None:
    """A new stream on the same track: its clock has nothing to do with the old one."""
    ear = Ear(0.04)
    play([10.0, 10.02], ear=ear)
    assert play([10.04], ear=ear, first=100_000) == pytest.approx([10.08])
