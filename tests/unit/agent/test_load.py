"""The worker must never be passed over because something else uses the CPU, and never be asked when it is full."""

import inspect
from types import SimpleNamespace
from typing import Any, cast

from livekit.agents import AgentServer

from agent.starts import Starts
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
    worker = cast(Any, Server(cast(Any, app), cast(Any, None), Starts(2), num_idle_processes=2))
    worker._proc_pool = SimpleNamespace(processes=[])
    worker._draining = False
    for about_to_start in range(25):
        worker._reserved_slots = about_to_start
        assert worker._is_available()
        assert worker._get_effective_load() < 0.7, "the server would pass us over"
    worker._reserved_slots = 25
    assert not worker._is_available()
    assert worker._get_effective_load() == 1.0


def test_the_framework_still_asks_the_method_we_replace() -> None:
    """It is private: an upgrade may rename it, and calls would be refused again without a word."""
    names = AgentServer._answer_availability.__code__.co_names
    assert "_is_available" in names
    assert "_reserved_slots" in names
    assert "_get_effective_load" in AgentServer._update_worker_status.__code__.co_names


def test_the_framework_still_launches_jobs_where_we_stand() -> None:
    """Calls begin in turn because the pool's `launch_job` is ours once the worker has started: an upgrade may go
    another way, and twenty calls would begin at once again."""
    launched = inspect.getsource(AgentServer._answer_availability)
    assert "await self._proc_pool.launch_job(running_info)" in launched
    run = inspect.getsource(AgentServer.run)
    assert run.index("await self._proc_pool.start()") < run.index('self.emit("worker_started")')
