"""The worker must never be passed over because something else uses the CPU, and never be asked when it is full."""

from agent.worker import load_of


def test_a_worker_with_a_free_place_reports_less_than_the_servers_target() -> None:
    """A livekit server passes over workers above target_load, 0.7 by default, and logs it as "no servers available"."""
    assert all(load_of(active, 25) < 0.7 for active in range(25))


def test_a_full_worker_says_so() -> None:
    assert load_of(25, 25) == 1.0
    assert load_of(30, 25) == 1.0
