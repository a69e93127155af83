"""The journal and a real Redis that is killed, frozen or empty; and a process of ours that is killed in mid-call."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from calls.events import CallerSpoke
from calls.ids import new_call_id
from calls.journal import Journal
from calls.record import CallRecord
from calls.stores.redis import redis_store
from ops.clock import SystemClock
from tests.support.a_call import a_record
from tests.support.redis_server import redis_server

_WITHIN_S = 30.0
_ROOT = Path(__file__).parents[2]
_WORKER = """
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
    seq = 0
    while True:
        seq += 1
        record = record.evolve(turns=seq)
        journal.record(spoke(record, seq), record)
        print(seq, flush=True)
        await asyncio.sleep(0.02)

asyncio.run(main())
"""


class Caller:
    def __init__(self, url: str, spill_dir: Path) -> None:
        self.store = redis_store(url)
        self.journal = Journal(self.store, SystemClock(), spill_dir=spill_dir)
        self.record: CallRecord = a_record(new_call_id(SystemClock()), version=0)
        self.seq = 0

    def says(self, count: int = 1) -> None:
        for _ in range(count):
            self.seq += 1
            self.record = self.record.evolve(turns=self.seq)
            event = CallerSpoke(call_id=self.record.call_id, seq=self.seq, at=1.0, turn=self.seq, text="käse")
            self.journal.record(event, self.record)

    async def stored(self) -> tuple[int, list[int]]:
        """Turns in the stored record, and the sequence numbers."""
        record, events = await self.store.record(self.record.call_id), await self.store.events(self.record.call_id)
        return record.turns if record else -1, [event.seq for event in events]


def complete(count: int) -> tuple[int, list[int]]:
    return count, list(range(1, count + 1))


async def test_redis_killed_and_back(tmp_path: Path) -> None:
    """kill -9 of Redis in mid-call loses nothing, nor does what was said while it was away."""
    async with redis_server(tmp_path) as redis:
        caller = Caller(redis.url, tmp_path / "spill")
        await caller.journal.start()
        caller.says(20)
        assert await caller.journal.flush(_WITHIN_S)
        await redis.kill()
        caller.says(20)
        assert not await caller.journal.flush(0.7)
        await redis.start()
        caller.says(5)
        assert await caller.journal.flush(_WITHIN_S)
        assert await caller.stored() == complete(45)
        await caller.journal.aclose(5.0)
        assert list((tmp_path / "spill").glob("*")) == []


async def test_redis_restarted_empty(tmp_path: Path) -> None:
    """All that it had confirmed is gone: it gets the whole call again, more than one write can carry."""
    async with redis_server(tmp_path) as redis:
        caller = Caller(redis.url, tmp_path / "spill")
        await caller.journal.start()
        caller.says(450)
        assert await caller.journal.flush(_WITHIN_S)
        await redis.kill()
        await redis.start(empty=True)
        caller.says(1)
        assert await caller.journal.flush(_WITHIN_S)
        assert await caller.stored() == complete(451)
        await caller.journal.aclose(5.0)


async def test_redis_frozen(tmp_path: Path) -> None:
    """It takes connections and answers nothing: what is said meanwhile is on disk, and stored once it goes on. What it
    had received before it froze it applies then, which repeats nothing."""
    async with redis_server(tmp_path) as redis:
        caller = Caller(redis.url, tmp_path / "spill")
        await caller.journal.start()
        caller.says(3)
        assert await caller.journal.flush(_WITHIN_S)
        redis.freeze()
        caller.says(3)
        async with asyncio.timeout(_WITHIN_S):
            while caller.journal.state.spilled < 6:
                await asyncio.sleep(0.05)
        redis.thaw()
        assert await caller.journal.flush(_WITHIN_S)
        assert await caller.stored() == complete(6)
        await caller.journal.aclose(5.0)


async def test_worker_and_redis_killed_at_once_and_redis_comes_back_empty(tmp_path: Path) -> None:
    """Redis dies, the worker goes on and is killed too, Redis comes back with nothing. The next process on the machine
    brings all of the call but its last moment (how long that is: tests/unit/calls/test_journal_disk.py)."""
    spill, call_id = tmp_path / "spill", new_call_id(SystemClock())
    async with redis_server(tmp_path) as redis:
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _WORKER, redis.url, str(spill), call_id),
            cwd=_ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            before = await said(worker, 30)
            await redis.kill()
            while not list(spill.glob("*")):
                before = await said(worker, before + 1)
            await said(worker, before + 100)
        finally:
            worker.send_signal(signal.SIGKILL)
            await worker.communicate()
        await redis.start(empty=True)
        store = redis_store(redis.url)
        journal = Journal(store, SystemClock(), spill_dir=spill)
        assert await journal.recover(call_id, _WITHIN_S)
        events = [event.seq for event in await store.events(call_id)]
        assert events == list(range(1, len(events) + 1))
        assert len(events) > before
        assert list(spill.glob("*")) == []
        await journal.aclose(1.0)


async def said(worker: asyncio.subprocess.Process, number: int) -> int:
    """Wait until the worker has recorded event `number`."""
    assert worker.stdout is not None
    async with asyncio.timeout(_WITHIN_S):
        while line := await worker.stdout.readline():
            if int(line) >= number:
                return int(line)
    raise AssertionError("the worker ended")
