"""The program behind `python -m bench journal`: many talking calls on one journal and a real Redis, in one process.

python -m tests.support.journal_load URL --calls 100 --rate 10 --seconds 20

Here, because bench/ never imports the product. Prints one line of JSON: for each phase its CPU share of one core and
how late the loop ran a 5 ms timer. In the phases called "floor" the same events are made and thrown away.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from calls.events import AgentSpoke, CallerSpoke, Event, TurnTimed
from calls.ids import new_call_id
from calls.journal import Journal
from calls.record import CallRecord
from calls.stores.redis import redis_store
from ops.clock import SystemClock
from tests.support.a_call import a_record

_TICK_S = 0.01
_SAMPLE_S = 0.005
_WORDS = "I would like to move my appointment to Thursday afternoon, if there is still something free at about three. "
Take = Callable[[Event, CallRecord], None]


@dataclass
class Observed:
    """An Observer of the journal."""

    writes: list[float] = field(default_factory=list)
    failures: int = 0

    def wrote(self, seconds: float, events: int) -> None:
        self.writes.append(seconds)

    def failed(self) -> None:
        self.failures += 1

    def stands(self, state: object) -> None: ...


class Talks:
    """`calls` calls, each with `rate` events a second, evenly spread; a third of the events change the record."""

    def __init__(self, calls: int, rate: float) -> None:
        self._records = [a_record(new_call_id(SystemClock()), version=0) for _ in range(calls)]
        self._seqs = [0] * calls
        self._rate = rate * calls
        self.made = 0

    def make(self, take: Take, count: int) -> None:
        for _ in range(count):
            which = self.made % len(self._records)
            self.made += 1
            self._seqs[which] += 1
            record, seq = self._records[which], self._seqs[which]
            common: dict[str, Any] = {"call_id": record.call_id, "seq": seq, "at": time.monotonic(), "turn": seq // 3}
            event: Event
            if seq % 3 == 0:
                record = self._records[which] = record.evolve(turns=seq // 3)
                event = CallerSpoke(**common, text=_WORDS)
            elif seq % 3 == 1:
                event = AgentSpoke(**common, text=_WORDS)
            else:
                event = TurnTimed(**common, voice_to_voice_s=0.71, end_of_turn_s=0.4, llm_first_token_s=0.2)
            take(event, record)

    async def go_on(self, take: Take, seconds: float) -> None:
        began, before = time.monotonic(), self.made
        while (passed := time.monotonic() - began) < seconds:
            self.make(take, int(passed * self._rate) - (self.made - before))
            await asyncio.sleep(_TICK_S)


async def sample(late: list[float]) -> None:
    while True:
        due = time.monotonic() + _SAMPLE_S
        await asyncio.sleep(_SAMPLE_S)
        late.append(max(0.0, time.monotonic() - due))


async def phase(name: str, talks: Talks, take: Take, seconds: float) -> dict[str, Any]:
    late: list[float] = []
    before, made, began = os.times(), talks.made, time.monotonic()
    async with asyncio.TaskGroup() as group:
        sampler = group.create_task(sample(late))
        await talks.go_on(take, seconds)
        sampler.cancel()
    after, took = os.times(), time.monotonic() - began
    late.sort()
    return {
        "phase": name,
        "events": talks.made - made,
        "cpu_percent": round(100 * (after.user + after.system - before.user - before.system) / took, 2),
        "late_ms_p50": _ms(late, 0.5),
        "late_ms_p99": _ms(late, 0.99),
        "late_ms_max": _ms(late, 1.0),
    }


def _ms(values: list[float], share: float) -> float:
    """The percentile of sorted seconds, in ms."""
    return round(values[min(len(values) - 1, int(len(values) * share))] * 1000, 2) if values else 0.0


async def run(options: argparse.Namespace) -> dict[str, Any]:
    talks, observed = Talks(options.calls, options.rate), Observed()
    silent = Talks(options.calls, options.rate)
    store = redis_store(options.url)
    journal = Journal(store, SystemClock(), spill_dir=None, observer=observed)
    await journal.start()
    await talks.go_on(journal.record, 1.0)  # connections, scripts, code paths
    await journal.flush(10.0)
    gc.collect()
    phases = []
    for number in range(options.rounds):
        order = [("floor", silent, lambda _event, _record: None), ("journal", talks, journal.record)]
        for name, whose, take in order if number % 2 == 0 else reversed(order):
            phases.append(await phase(name, whose, take, options.seconds))
            await journal.flush(10.0)
    state, writes = journal.state, sorted(observed.writes)
    await journal.aclose(10.0)
    return {
        "phases": phases,
        "writes": len(writes),
        "write_ms_p50": _ms(writes, 0.5),
        "write_ms_p99": _ms(writes, 0.99),
        "failures": observed.failures,
        "recorded": talks.made,
        "behind": state.behind,
        "dropped": state.dropped,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--rate", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=2)
    sys.stdout.write(json.dumps(asyncio.run(run(parser.parse_args()))) + "\n")


if __name__ == "__main__":
    main()
