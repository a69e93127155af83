"""A slow store is seen before it is down, and a store that is down as soon as it is."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import REGISTRY

from agent.journal_metrics import JournalMetrics
from calls.journal import Journal
from tests.support.a_journal import Talk
from tests.support.virtual_time import virtual_time


def value(name: str) -> float:
    return REGISTRY.get_sample_value(f"switchboard_{name}") or 0.0


@virtual_time
async def test_writes_are_timed_and_failures_counted(tmp_path: Path) -> None:
    """The histogram has the seconds of the writes that were taken, the counter the flushes that were not."""
    names = ("store_write_seconds_count", "store_write_seconds_sum", "journal_failures_total")
    before = [value(name) for name in names]
    talk = Talk(tmp_path)
    talk.journal = Journal(talk.store, talk.clock, spill_dir=tmp_path, observer=JournalMetrics())
    talk.store.slow_s = 0.2
    await talk.journal.start()
    talk.says()
    await talk.clock.sleep(1.0)
    talk.says()
    talk.store.down(0.6)
    await talk.clock.sleep(4.0)
    await talk.journal.aclose(1.0)
    count, seconds, failures = (round(value(name) - old, 3) for name, old in zip(names, before, strict=True))
    assert (count, seconds) == (2, 0.4)
    assert failures >= 1
