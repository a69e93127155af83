"""The worker must never be passed over because something else uses the CPU, and never be asked when it is full."""

from types import SimpleNamespace
from typing import Any, cast

from livekit.agents import AgentServer

from agent.worker import Server, load_of


def test_a_worker_with_a_free_place_reports_less_than_the_servers_target() -> None:
    """A livekit server passes over workers above target_load, 0.7 by default, and logs it as "no servers available"."""
    assert all(load_of(active, 25) < 0.7 for active in range(25))


def test_a_full_worker_says_so() -> None:
    assert load_of(25, 25) == 1.0
    assert load_of(30, 25) == 1.0


def test_callers_at_the_same_instant_are_all_taken() -> None:
    """With two warm processes the framework refused the third of four simultaneous calls: nobody else was asked."""
    app = SimpleNamespace(settings=SimpleNamespace(worker=SimpleNamespace(max_calls=25)))
    worker = cast(Any, Server(cast(Any, app), cast(Any, None), num_idle_processes=2))
    worker._proc_pool = SimpleNamespace(processes=[])
    worker._draining = False
    for about_to_start in range(25):
        worker._reserved_slots = about_to_start
        assert worker._is_available()
    worker._reserved_slots = 25
    assert not worker._is_available()


def test_the_framework_still_asks_the_method_we_replace() -> None:
    """It is private: an upgrade may rename it, and calls would be refused again without a word."""
    names = AgentServer._answer_availability.__code__.co_names
    assert "_is_available" in names
    assert "_reserved_slots" in names
