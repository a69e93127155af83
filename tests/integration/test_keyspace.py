"""Calls and leases in a real Redis: what another writer, a restart, a lost reply or a neighbour does to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from calls.outcome import Outcome
from calls.ports import Lease, RecordUnreadable, StoreDown, VersionConflict, Write
from calls.recording import Recording
from calls.stores.executor import Command, Reply
from calls.stores.keyspace import Keep, KeyspaceStore
from calls.stores.redis import RedisExecutor, redis_store
from tests.support.a_call import a_record, spoke
from tests.support.redis_server import RedisServer, redis_server

RECORD = a_record()
CALL = RECORD.call_id
FIRST = Write("k1", RECORD, 0, [spoke(RECORD, 1)])
SECOND = Write("k2", RECORD.evolve(turns=1), 1, [spoke(RECORD, 2)])
LEASE = Lease(CALL, 1, "room", "agent", "receptionist", "line", "persona")
KEEP = Keep(open_s=3600.0, closed_s=7200.0, once_s=60.0)


@pytest_asyncio.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    async with redis_server(tmp_path) as server:
        yield server


@pytest_asyncio.fixture
async def store(redis: RedisServer) -> AsyncIterator[KeyspaceStore]:
    made = redis_store(redis.url, keep=KEEP)
    yield made
    await made.aclose()


async def seqs(store: KeyspaceStore) -> list[int]:
    return [event.seq for event in await store.events(CALL)]


class LosesReplies:
    """An executor whose `lost` next replies do not come, although Redis did as it was told."""

    def __init__(self, inner: RedisExecutor, lost: int) -> None:
        self._inner, self.lost = inner, lost

    async def run(self, commands: Sequence[Command]) -> list[Reply]:
        replies = await self._inner.run(commands)
        if self.lost:
            self.lost -= 1
            raise StoreDown("the reply was lost")
        return replies

    async def ready(self) -> bool:
        return await self._inner.ready()

    async def aclose(self) -> None:
        await self._inner.aclose()


async def test_a_reply_that_was_lost_is_asked_for_again(redis: RedisServer) -> None:
    """The write was applied: its repeat changes nothing and answers as the first would have."""
    executor = LosesReplies(RedisExecutor(redis.url), 0)
    store = KeyspaceStore(executor)
    await store.ready()
    await store.write(FIRST)
    executor.lost = 1
    with pytest.raises(StoreDown):
        await store.write(SECOND)
    assert await store.write(SECOND) == 2
    assert await seqs(store) == [1, 2]
    await store.aclose()


async def test_a_frozen_redis_is_down_in_a_second_and_applies_once(redis: RedisServer, store: KeyspaceStore) -> None:
    """What it was sent while frozen it may still do when it wakes: the repeat makes it once, not twice."""
    await store.write(FIRST)
    redis.freeze()
    for _ in range(2):
        with pytest.raises(StoreDown):
            await store.write(SECOND)
    assert not await store.ready()
    redis.thaw()
    assert await store.write(SECOND) == 2
    assert await seqs(store) == [1, 2]


async def test_a_restart_costs_no_write(redis: RedisServer, store: KeyspaceStore) -> None:
    """Connections that died while they lay idle are found dead before anything is sent on them."""
    await store.write(FIRST)
    await asyncio.gather(*(store.record(CALL) for _ in range(8)))
    await redis.kill()
    await redis.start()
    assert await store.write(SECOND) == 2


async def test_scripts_that_redis_forgot_are_sent_again(redis: RedisServer, store: KeyspaceStore) -> None:
    """SCRIPT FLUSH, a new machine, a failover: the next write brings its script along."""
    await store.write(FIRST)
    await redis.ask("SCRIPT", "FLUSH")
    assert await store.write(SECOND) == 2
    await store.renew(LEASE, 1.0)


async def test_a_cancelled_question_leaves_a_clean_connection(redis: RedisServer, store: KeyspaceStore) -> None:
    """Whoever asks next on that connection must not read the answer to what was asked before; none is lost either."""
    await store.write(FIRST)
    for turns in range(100):
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(store.record(CALL))
            for _ in range(turns % 20):
                await asyncio.sleep(0)
            cancelled = asking.cancel()
        assert asking.cancelled() or not cancelled
        assert await store.open_calls() == [CALL]


async def test_a_neighbours_keys_are_untouched(redis: RedisServer, store: KeyspaceStore) -> None:
    """The same call under another prefix is another call: its record, events and leases stand beside ours."""
    neighbour = redis_store(redis.url, prefix="switchboard-2")
    theirs = replace(RECORD, turns=99)
    await neighbour.write(Write("k1", theirs, 0, [spoke(RECORD, 7)]))
    await neighbour.renew(replace(LEASE, epoch=5), 60.0)
    before = {key: await redis.ask("DUMP", key) for key in (await redis.ask("KEYS", "*")).splitlines()}
    assert await store.record(CALL) is None
    await store.write(FIRST)
    await store.renew(LEASE, 60.0)
    await store.write(Write("k3", RECORD.evolve().close(1.0, Outcome.RESOLVED), 1))
    await store.release(CALL, 1)
    assert {key: await redis.ask("DUMP", key) for key in before} == before
    assert await neighbour.record(CALL) == theirs
    assert [held.lease.epoch for held in await neighbour.held(100.0)] == [5]
    await neighbour.aclose()


@pytest.mark.parametrize("prefix", ["", "a:b", "*", "a b", "{x}", "é", "x" * 65])
def test_a_prefix_that_could_reach_a_neighbour_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        redis_store("redis://127.0.0.1", prefix=prefix)


async def test_everything_has_its_time(redis: RedisServer, store: KeyspaceStore) -> None:
    """No key stays for ever: an open call from its last write, a closed one by the policy, an answer ten minutes."""

    async def left_ms(kind: str) -> int:
        return int(await redis.ask("PTTL", f"switchboard:{kind}:{CALL}"))

    await store.write(Write("k1", RECORD, 0, [spoke(RECORD, 5)]))
    await store.write(Write("k2", RECORD.evolve(), 1, [spoke(RECORD, 1)]))
    for kind in ("call", "events", "late"):
        assert 3_500_000 < await left_ms(kind) <= 3_600_000
    assert 50_000 < int(await redis.ask("PTTL", f"switchboard:once:{CALL}:k2")) <= 60_000
    await store.write(Write("k3", RECORD.evolve().evolve().close(1.0, Outcome.RESOLVED), 2))
    for kind in ("call", "events", "late"):
        assert 7_100_000 < await left_ms(kind) <= 7_200_000
    await store.renew(LEASE, 1.0)
    keys = (await redis.ask("KEYS", "*")).splitlines()
    assert {key for key in keys if int(await redis.ask("PTTL", key)) < 0} == set()


async def test_a_call_that_goes_on_does_not_shorten_the_life_of_an_index(
    redis: RedisServer, store: KeyspaceStore
) -> None:
    """The list of recorded calls has those that are kept for longer, too."""
    recorded = replace(RECORD, recording=Recording("required"))
    other = replace(recorded, call_id="other")
    await store.write(Write("k1", recorded.close(1.0, Outcome.RESOLVED), 0))
    await store.write(Write("k2", other, 0))
    assert int(await redis.ask("PTTL", "switchboard:recorded")) > 7_100_000
    assert list(await store.recorded_calls()) == [CALL, "other"]


async def test_an_open_call_that_was_forgotten_leaves_the_list(redis: RedisServer) -> None:
    """Its record is gone: nobody could do anything about it."""
    store = redis_store(redis.url, keep=Keep(open_s=0.05))
    await store.write(FIRST)
    async with asyncio.timeout(10):
        while await store.open_calls():
            await asyncio.sleep(0.02)
    assert await store.record(CALL) is None
    await store.aclose()


async def test_what_cannot_be_read_hides_nothing_else(redis: RedisServer, store: KeyspaceStore) -> None:
    """A broken event, a broken lease: logged by their number, and the others are read."""
    await store.write(Write("k1", RECORD, 0, [spoke(RECORD, 1), spoke(RECORD, 3)]))
    await redis.ask("XADD", f"switchboard:events:{CALL}", "1-4", "e", "{broken")
    await redis.ask("XADD", f"switchboard:events:{CALL}", "1-5", "e", "[]")
    await redis.ask("HSET", f"switchboard:late:{CALL}", "nonsense", "{}", "1-2", '{"kind":7}')
    await store.renew(LEASE, 60.0)
    await store.renew(replace(LEASE, call_id="other"), 60.0)
    await redis.ask("HSET", "switchboard:holders", "other", "rubbish")
    assert await seqs(store) == [1, 3]
    assert [held.lease for held in await store.held(100.0)] == [LEASE]
    await redis.ask("HSET", f"switchboard:call:{CALL}", "record", "{}")
    with pytest.raises(StoreDown):
        await store.record(CALL)


async def test_a_refusal_of_redis_is_down_and_quotes_nothing(redis: RedisServer, store: KeyspaceStore) -> None:
    """A key of another type, or a server that is full: nothing was stored, and no text of ours is in the message."""
    await redis.ask("SET", f"switchboard:events:{CALL}", "not a stream")
    with pytest.raises(StoreDown, match=r"refused: [A-Z]+$") as caught:
        await store.write(FIRST)
    assert CALL not in str(caught.value)
    await redis.ask("DEL", f"switchboard:events:{CALL}")
    await redis.ask("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(StoreDown, match="OOM"):
        await store.write(FIRST)
    await redis.ask("CONFIG", "SET", "maxmemory", "0")
    assert await store.write(FIRST) == 1


async def test_late_events_stand_in_their_place_over_many_pages(store: KeyspaceStore) -> None:
    """A dead worker's last words arrive after its successor's first, in a call of several round trips."""
    second = [replace(spoke(RECORD, seq), epoch=2) for seq in range(901, 1701)]
    await store.write(Write("k1", RECORD, 0, [spoke(RECORD, seq) for seq in range(1, 901)]))
    await store.write(Write("k2", replace(RECORD, version=2, epoch=2), 1, second))
    late = [spoke(RECORD, seq) for seq in range(890, 951)]
    await store.write(Write("k3", replace(RECORD, version=2, epoch=2), 2, late))
    expected = [spoke(RECORD, seq) for seq in range(1, 951)] + second
    assert list(await store.events(CALL)) == expected
    assert list(await store.events(CALL, after=940)) == [event for event in expected if event.seq > 940]


async def test_an_old_answer_that_was_forgotten_is_a_conflict_not_a_second_write(redis: RedisServer) -> None:
    """A repeat after its key ran out finds the version it made itself."""
    store = redis_store(redis.url, keep=Keep(once_s=0.05))
    await store.write(FIRST)
    async with asyncio.timeout(10):
        while await redis.ask("EXISTS", f"switchboard:once:{CALL}:k1") == "1":
            await asyncio.sleep(0.02)
    with pytest.raises(VersionConflict) as caught:
        await store.write(FIRST)
    assert caught.value.stored == RECORD.version
    assert await seqs(store) == [1]
    await store.aclose()


async def test_leases_nobody_asked_for_are_forgotten(redis: RedisServer, store: KeyspaceStore) -> None:
    """Those that ran out a day ago, and those given up: a few with each renewal, so that none stays for ever."""
    for name in ("old", "gone"):
        await store.renew(replace(LEASE, call_id=name), 60.0)
    now_ms = int((await redis.ask("TIME")).splitlines()[0]) * 1000
    day_ms = 24 * 3600 * 1000
    await redis.ask("ZADD", "switchboard:leases", str(now_ms - day_ms - 5000), "old")
    await redis.ask("ZADD", "switchboard:leases", str(-(now_ms - day_ms - 5000)), "gone")
    assert len(await store.held(1.0)) == 2
    await store.renew(LEASE, 60.0)
    assert [held.lease.call_id for held in await store.held(100.0)] == [CALL]
    assert await redis.ask("HKEYS", "switchboard:holders") == CALL


async def test_what_cannot_be_read_is_one_call_s_trouble(redis: RedisServer, store: KeyspaceStore) -> None:
    """A newer version's record, or a key of another type: that call says so, and every other answers."""
    await store.write(FIRST)
    await redis.ask("HSET", "switchboard:call:newer", "ver", "1", "record", '{"v": 99}')
    await redis.ask("SET", "switchboard:call:text", "no hash")
    for call_id in ("newer", "text"):
        with pytest.raises(RecordUnreadable):
            await store.record(call_id)
    assert await store.record(CALL) == RECORD


async def test_an_id_that_is_none_is_not_among_the_open_calls(redis: RedisServer, store: KeyspaceStore) -> None:
    """Whoever may write to the store could stop the watcher with one odd entry."""
    await store.write(FIRST)
    await redis.ask("ZADD", "switchboard:open", "9e15", "bad id!")
    assert list(await store.open_calls()) == [CALL]


@pytest.mark.parametrize("reply", [None, [], "one word", [[]], 7])
async def test_an_answer_of_another_shape_is_a_store_that_is_down(reply: Reply) -> None:
    """A proxy's answer must not end a call as a bug of ours."""

    class Odd:
        async def run(self, commands: Sequence[Command]) -> list[Reply]:
            return [reply for _ in commands]

        async def ready(self) -> bool:
            return True

        async def aclose(self) -> None: ...

    store = KeyspaceStore(Odd())
    for question in (store.renew(LEASE, 1.0), store.write(FIRST)):
        with pytest.raises(StoreDown):
            await question
