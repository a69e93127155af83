"""The gateway's connections to Redis, over a real socket: who shares a round trip, who waits for whom, what is sent
again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ops.tasks import TaskSet
from state_gateway.batching import Bounds, Lanes
from state_gateway.errors import Refused
from state_gateway.lane import Lost, NotSent, ReplyError
from state_gateway.metrics import Metrics
from state_gateway.redis_address import RedisAddress
from state_gateway.redis_pool import RedisPool
from tests.fakes.scripted_redis import BREAK, Command, ScriptedRedis

_QUICK = Bounds(lanes=2, timeout_s=0.3)


def _echo(command: Command) -> bytes | None:
    word = command[-1]
    return b"$%d\r\n%b\r\n" % (len(word), word)


@asynccontextmanager
async def _lanes(redis: ScriptedRedis, bounds: Bounds = _QUICK) -> AsyncIterator[Lanes]:
    lanes = Lanes("primary", RedisAddress.parse(redis.url), bounds, Metrics())
    await lanes.start()
    try:
        await _all_open(lanes, bounds.lanes)
        yield lanes
    finally:
        await lanes.aclose()


async def _all_open(lanes: Lanes, count: int) -> None:
    async with asyncio.timeout(10):
        while f"{count} open" not in repr(lanes):
            await asyncio.sleep(0.005)


@asynccontextmanager
async def _tasks() -> AsyncIterator[TaskSet]:
    tasks = TaskSet("test")
    try:
        yield tasks
    finally:
        await tasks.aclose()


async def test_what_arrives_during_a_round_trip_goes_out_with_the_next() -> None:
    """Fifty requests on one connection: the first alone, the forty-nine that came meanwhile in one write."""
    async with (
        ScriptedRedis(_echo).running() as redis,
        _lanes(redis, Bounds(lanes=1, timeout_s=5)) as lanes,
        _tasks() as tasks,
    ):
        redis.reads.clear()
        redis.hold.clear()
        first = tasks.spawn(lanes.run([(b"GET", b"0")], text=True), name="first")
        await redis.arrived.wait()
        rest = [tasks.spawn(lanes.run([(b"GET", b"%d" % n)], text=True), name="one") for n in range(1, 50)]
        await asyncio.sleep(0)
        redis.hold.set()
        assert await asyncio.gather(first, *rest) == [[str(n)] for n in range(50)]
    assert redis.reads == [1, 49]


async def test_a_batch_is_bounded() -> None:
    """In commands and in bytes; a job that is larger than a batch goes alone and whole."""
    bounds = Bounds(lanes=1, timeout_s=5, batch_commands=10, batch_bytes=1_000)
    async with ScriptedRedis(_echo).running() as redis, _lanes(redis, bounds) as lanes:
        redis.reads.clear()
        large: list[tuple[bytes, ...]] = [(b"SET", b"k", b"x" * 400)] * 5
        replies = await asyncio.gather(
            *(lanes.run([(b"GET", b"a")] * 4, text=True) for _ in range(4)), lanes.run(large, text=True)
        )
    assert redis.reads == [8, 8, 5]
    assert replies[-1] == ["x" * 400] * 5


async def test_a_slow_command_holds_its_own_lane_only() -> None:
    """It is answered unknown at its deadline; others go on meanwhile, and its late reply is nobody else's."""
    slow = asyncio.Event()

    def reply(command: Command) -> bytes | None:
        if command[-1] == b"slow":
            slow.set()
            return None
        return _echo(command)

    async with ScriptedRedis(reply).running() as redis, _lanes(redis) as lanes, _tasks() as tasks:
        stuck = tasks.spawn(_outcome(lanes, b"slow"), name="stuck")
        await slow.wait()
        for number in range(20):
            assert await lanes.run([(b"GET", b"%d" % number)], text=True) == [str(number)]
        assert await stuck == "Lost"


async def test_a_caller_that_goes_harms_nobody() -> None:
    """Cancelled in flight: the reply is read and thrown away. Cancelled in the queue: never sent."""
    async with (
        ScriptedRedis(_echo).running() as redis,
        _lanes(redis, Bounds(lanes=1, timeout_s=5)) as lanes,
        _tasks() as tasks,
    ):
        redis.hold.clear()
        gone = tasks.spawn(lanes.run([(b"GET", b"gone")], text=True), name="gone")
        await redis.arrived.wait()
        queued = tasks.spawn(lanes.run([(b"GET", b"queued")], text=True), name="queued")
        stays = tasks.spawn(lanes.run([(b"GET", b"stays")], text=True), name="stays")
        await asyncio.sleep(0)
        gone.cancel()
        queued.cancel()
        await asyncio.wait([gone, queued])
        redis.hold.set()
        assert await stays == ["stays"]
        assert [command[-1] for command in redis.received] == [b"gone", b"stays"]


async def test_a_lost_reply_is_unknown_and_what_was_not_sent_is_down() -> None:
    """The connection breaks with one job in flight and one queued; the lanes come back by themselves."""
    async with (
        ScriptedRedis(_echo).running() as redis,
        _lanes(redis, Bounds(lanes=1, timeout_s=5)) as lanes,
        _tasks() as tasks,
    ):
        redis.hold.clear()
        sent = tasks.spawn(_outcome(lanes, b"sent"), name="sent")
        await redis.arrived.wait()
        queued = tasks.spawn(_outcome(lanes, b"queued"), name="queued")
        await asyncio.sleep(0)
        redis.break_all()
        assert (await sent, await queued) == ("Lost", "NotSent")
        redis.hold.set()
        await _all_open(lanes, 1)
        assert await lanes.run([(b"GET", b"again")], text=True) == ["again"]


async def test_a_silent_connection_is_given_up_and_replaced() -> None:
    """A dead peer closes nothing: after twice the deadline the lane is opened anew."""
    silent = True
    async with (
        ScriptedRedis(lambda command: None if silent else _echo(command)).running() as redis,
        _lanes(redis, Bounds(lanes=1, timeout_s=0.1)) as lanes,
    ):
        assert await _outcome(lanes, b"a") == "Lost"
        assert await _outcome(lanes, b"b") == "NotSent"  # the only lane still waits
        silent = False
        async with asyncio.timeout(10):
            while await _outcome(lanes, b"c") != "ok":
                await asyncio.sleep(0.01)


async def test_the_queue_is_bounded() -> None:
    bounds = Bounds(lanes=1, timeout_s=5, queued_jobs=3)
    async with ScriptedRedis(_echo).running() as redis, _lanes(redis, bounds) as lanes, _tasks() as tasks:
        redis.hold.clear()
        first = tasks.spawn(_outcome(lanes, b"first"), name="first")
        await redis.arrived.wait()
        rest = [tasks.spawn(_outcome(lanes, b"%d" % n), name="one") for n in range(5)]
        await asyncio.wait(rest[3:])
        redis.hold.set()
        assert await asyncio.gather(first, *rest) == ["ok", "ok", "ok", "ok", "NotSent", "NotSent"]


@asynccontextmanager
async def _pool(primary: ScriptedRedis, replica: ScriptedRedis | None = None) -> AsyncIterator[RedisPool]:
    async with _lanes(primary) as lanes:
        if replica is None:
            yield RedisPool(lanes, None, Metrics())
            return
        async with _lanes(replica) as others:
            yield RedisPool(lanes, others, Metrics())


async def test_a_write_whose_reply_was_lost_is_never_repeated() -> None:
    """A dropped connection after INCR must not count twice: 503 unknown_outcome, and Redis saw it once."""

    def reply(command: Command) -> bytes | None:
        return BREAK if command[0] == b"INCR" else _echo(command)

    async with ScriptedRedis(reply).running() as redis, _pool(redis) as pool:
        with pytest.raises(Refused) as refused:
            await pool.run([(b"GET", b"a"), (b"INCR", b"n")], text=True)
        assert (refused.value.status, refused.value.code) == (503, "unknown_outcome")
        assert [command[0] for command in redis.received] == [b"GET", b"INCR"]


async def test_a_read_whose_reply_was_lost_is_sent_again() -> None:
    answers = iter([BREAK, b"+second\r\n"])
    async with ScriptedRedis(lambda _: next(answers)).running() as redis, _pool(redis) as pool:
        assert (await pool.run([(b"GET", b"a")], text=True)).replies == ["second"]


async def test_retries_have_a_budget() -> None:
    """Ten in a row at most, once for each read: retries must not feed an outage."""
    async with ScriptedRedis(lambda _: BREAK).running() as redis, _pool(redis) as pool:
        for _ in range(15):
            await _all_open(pool.primary, 2)
            with pytest.raises(Refused) as refused:
                await pool.run([(b"GET", b"a")], text=True)
            assert refused.value.code == "store_down"
        assert len(redis.received) == 15 + 10


@pytest.mark.parametrize(
    "words", [b"READONLY You can't write", b"LOADING Redis is loading", b"OOM command not allowed"]
)
async def test_a_redis_that_says_not_now_is_down(words: bytes) -> None:
    """A write is answered store_down, since nothing was executed; a read goes to the replica and says it is stale."""
    async with (
        ScriptedRedis(lambda _: b"-%b\r\n" % words).running() as primary,
        ScriptedRedis(_echo).running() as replica,
    ):
        async with _pool(primary, replica) as pool:
            with pytest.raises(Refused) as refused:
                await pool.run([(b"SET", b"k", b"v")], text=True)
            assert refused.value.code == "store_down" and refused.value.retry_after_s == 1
            answer = await pool.run([(b"GET", b"k")], text=True)
            assert answer.stale and answer.replies == ["k"]
        assert [command[0] for command in replica.received] == [b"GET"]


async def test_what_was_done_before_not_now_is_told_command_by_command() -> None:
    """A fail-over in the middle of a pipeline: "nothing was executed" would be a lie."""

    def reply(command: Command) -> bytes:
        return b"+OK\r\n" if command[1] == b"first" else b"-READONLY You can't write\r\n"

    async with ScriptedRedis(reply).running() as redis, _pool(redis) as pool:
        answer = await pool.run([(b"SET", b"first", b"v"), (b"SET", b"second", b"v")], text=True)
    assert answer.replies[0] == "OK" and isinstance(answer.replies[1], ReplyError)


async def _outcome(lanes: Lanes, word: bytes) -> str:
    try:
        await lanes.run([(b"GET", word)], text=True)
    except (Lost, NotSent) as error:
        return type(error).__name__
    return "ok"
