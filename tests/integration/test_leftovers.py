"""A job process is killed for real while it spills, no further call comes, and the worker's parent brings the rest."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from agent.leftovers import Leftovers
from calls.ids import new_call_id
from calls.stores.redis import redis_store
from local.ports import Ports
from ops.clock import SystemClock
from tests.support.redis_server import redis_server

_WITHIN_S = 30.0
_ROOT = Path(__file__).parents[2]
_JOB = """
import asyncio, sys
from pathlib import Path
from calls.journal import Journal
from calls.stores.redis import redis_store
from ops.clock import SystemClock
from tests.support.a_call import a_record, spoke

async def main():
    url, folder, call_id = sys.argv[1:]
    journal, record = Journal(redis_store(url), SystemClock(), spill_dir=Path(folder)), a_record(call_id, version=0)
    await journal.start()
    for seq in range(1, 1_000_000):
        record = record.evolve(turns=seq)
        journal.record(spoke(record, seq), record)
        print(journal.state.spilled, flush=True)
        await asyncio.sleep(0.02)

asyncio.run(main())
"""


async def test_what_a_killed_job_spilled_comes_by_the_parent_and_nothing_comes_twice(tmp_path: Path) -> None:
    """While the job lives its file is its own, whoever looks; when it is dead one of two workers on the folder brings
    it. The job's own way to the state is broken, the parents' is not."""
    spill, call_id = tmp_path / "spill", new_call_id(SystemClock())
    nowhere = f"redis://127.0.0.1:{Ports.free().redis}"
    async with redis_server(tmp_path) as redis:
        store = redis_store(redis.url)
        workers = [Leftovers([redis_store(redis.url)], spill, SystemClock(), every_s=0.05) for _ in range(2)]
        job = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _JOB, nowhere, str(spill), call_id), cwd=_ROOT, stdout=asyncio.subprocess.PIPE
        )
        try:
            await spilled(job, 20)
            assert [await worker.once() for worker in workers] == [True, True]
            for worker in workers:
                worker.start()
            safe = await spilled(job, 60)
            assert await store.record(call_id) is None
            assert len(list(spill.iterdir())) == 1
        finally:
            job.send_signal(signal.SIGKILL)
            await job.communicate()
        async with asyncio.timeout(_WITHIN_S):
            while list(spill.iterdir()):
                await asyncio.sleep(0.02)
        events = [event.seq for event in await store.events(call_id)]
        assert events == list(range(1, len(events) + 1))
        assert len(events) >= safe
        record = await store.record(call_id)
        assert record is not None
        assert record.turns == len(events)
        assert int(await redis.ask("XLEN", f"switchboard:events:{call_id}")) == len(events)
        for worker in workers:
            await worker.aclose()
        await store.aclose()


async def spilled(job: asyncio.subprocess.Process, count: int) -> int:
    """Wait until the job has put so many events on disk; returns how many."""
    assert job.stdout is not None
    async with asyncio.timeout(_WITHIN_S):
        while line := await job.stdout.readline():
            if int(line) >= count:
                return int(line)
    raise AssertionError("the job ended")
