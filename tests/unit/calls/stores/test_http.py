"""The client to the gateway, over a scripted wire in virtual time: what is sent, what is sent again, what is said."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from calls.ports import StoreDown
from calls.stores.http import HttpExecutor, http_store
from calls.stores.link import Answer, HttpLink, Unreachable
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_wire import Wire, no
from tests.support.virtual_time import virtual_time

PING = [("PING",)]
COUNT = [("INCR", "k")]
KEY = "sk_abcdefgh_secret"
SECRET = "s" * 64


BROKEN = [Unreachable("ServerDisconnectedError"), no(500, "internal_error"), no(503, "unknown_outcome")]


def client(wire: Wire) -> HttpExecutor:
    return HttpExecutor(wire, KEY, None, FakeClock(), chance=lambda: 1.0)


@virtual_time
async def test_one_request_carries_the_key_and_the_commands() -> None:
    """The Upstash protocol: an array of commands, each an array of strings."""
    wire = Wire()
    assert await client(wire).run([("GET", "café"), ("SET", b"k", 7)]) == ["café", "7"]
    ((_, headers, body),) = wire.sent
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert body == [["GET", "café"], ["SET", "k", "7"]]


@virtual_time
async def test_callers_of_one_moment_share_a_request() -> None:
    """Fifty calls at once are one request, and each gets its own replies, in its own order."""
    wire = Wire()
    executor = client(wire)
    found = await asyncio.gather(*(executor.run([("GET", f"a{n}"), ("GET", f"b{n}")]) for n in range(50)))
    assert found == [[f"a{n}", f"b{n}"] for n in range(50)]
    assert len(wire.sent) == 1


@virtual_time
async def test_who_comes_while_requests_are_under_way_goes_with_the_next() -> None:
    """Two at once at most; the rest waits and goes together."""
    wire = Wire(0.5, 0.5)
    executor = client(wire)

    async def later(n: int) -> list[Any]:
        await asyncio.sleep(0.01 * n)
        return await executor.run([("GET", str(n))])

    assert await asyncio.gather(*(later(n) for n in range(20))) == [[str(n)] for n in range(20)]
    assert [len(body) for _, _, body in wire.sent] == [1, 1, 18]
    assert wire.most_at_once == 2


@virtual_time
async def test_a_request_is_not_larger_than_the_gateway_takes() -> None:
    """Many large writes at once are several requests."""
    wire = Wire()
    executor = client(wire)
    await asyncio.gather(*(executor.run([("SET", str(n), "x" * 200_000)]) for n in range(10)))
    assert [len(body) for _, _, body in wire.sent] == [2, 2, 2, 2, 2]


@virtual_time
async def test_errors_of_single_commands_stay_with_them() -> None:
    """One caller's refused command is nobody else's failure; of Redis' words only the first is kept."""
    wire = Wire(Answer(200, b'[{"result":null},{"error":"WRONGTYPE Operation against secret"}]', {}))
    executor = client(wire)
    first, second = await asyncio.gather(executor.run([("GET", "a")]), executor.run([("GET", "b")]))
    assert first == [None]
    assert second[0].code == "WRONGTYPE"


@pytest.mark.parametrize(
    "fault",
    [
        Unreachable("ServerDisconnectedError"),
        no(500, "internal_error"),
        no(503, "unknown_outcome"),
        Answer(200, b"<html>", {}),
        Answer(200, b"[]", {}),
        Answer(502, b"", {}),
    ],
)
@virtual_time
async def test_what_may_be_executed_twice_is_sent_again(fault: Any) -> None:
    """A lost reply to a read or to a script with its idempotency key is made good, at most twice."""
    wire = Wire(fault, fault)
    assert await client(wire).run(PING) == ["PING"]
    assert len(wire.sent) == 3
    wire = Wire(fault, fault, fault)
    with pytest.raises(StoreDown):
        await client(wire).run(PING)
    assert len(wire.sent) == 3


@pytest.mark.parametrize(
    "fault", [Unreachable("ServerDisconnectedError"), no(500, "internal_error"), no(503, "unknown_outcome")]
)
@virtual_time
async def test_what_may_not_is_not(fault: Any) -> None:
    """A counter may have been counted: its sender decides."""
    wire = Wire(fault)
    with pytest.raises(StoreDown):
        await client(wire).run(COUNT)
    assert len(wire.sent) == 1


@virtual_time
async def test_what_was_not_executed_may_always_be_sent_again() -> None:
    """The gateway says when it did nothing."""
    wire = Wire(no(503, "busy"))
    assert await client(wire).run(COUNT) == ["k"]


@virtual_time
async def test_retry_after_is_honoured_by_all_callers() -> None:
    """Asked to wait one second, nobody asks again within it; who cannot wait that long is told at once."""
    wire = Wire(no(429, "rate_limited", **{"retry-after": "1"}))
    executor = client(wire)
    loop = asyncio.get_running_loop()

    async def another() -> None:
        await asyncio.sleep(0.5)
        await executor.run(PING)

    await asyncio.gather(executor.run(PING), another())
    assert wire.sent[1][0] - wire.sent[0][0] >= 1.0
    wire.script = [no(429, "rate_limited", **{"retry-after": "5"})]
    for _ in range(2):
        began = loop.time()
        with pytest.raises(StoreDown):
            await executor.run(PING)
        assert loop.time() - began < 0.5
    count = len(wire.sent)
    await asyncio.sleep(5)
    await executor.run(PING)
    assert len(wire.sent) == count + 1


@virtual_time
async def test_a_gateway_whose_redis_is_gone_costs_a_second_once() -> None:
    """Then its callers are told at once, one of them asks when the second is over, and all is well when it is."""
    wire = Wire(*[no(503, "store_down", **{"retry-after": "1"})] * 4)
    executor, loop = client(wire), asyncio.get_running_loop()
    for _ in range(50):
        with pytest.raises(StoreDown):
            await executor.run(PING)
    assert len(wire.sent) == 2
    assert loop.time() == pytest.approx(1.0, abs=0.2)
    for expected in (3, 4):
        await asyncio.sleep(1.0)
        with pytest.raises(StoreDown):
            await executor.run(PING)
        assert len(wire.sent) == expected
    await asyncio.sleep(1.0)
    assert await executor.run(PING) == ["PING"]


@virtual_time
async def test_a_silent_gateway_costs_two_seconds_and_no_more() -> None:
    """Whatever hangs: the caller is told in time, and nothing is left behind."""
    wire = Wire(3600.0)
    executor, loop = client(wire), asyncio.get_running_loop()
    with pytest.raises(StoreDown):
        await executor.run(PING)
    assert loop.time() == pytest.approx(2.0, abs=0.01)
    assert await executor.run(PING) == ["PING"]


@virtual_time
async def test_a_dead_gateway_costs_nothing_after_five_failures() -> None:
    """Then one trial after each pause, and when it is back all is as before."""
    wire = Wire(*[Unreachable("ClientConnectorError")] * 5)
    executor, loop = client(wire), asyncio.get_running_loop()
    for _ in range(2):
        with pytest.raises(StoreDown):
            await executor.run(PING)
    sent, began = len(wire.sent), loop.time()
    assert sent == 5
    for _ in range(100):
        with pytest.raises(StoreDown, match="not asked for a while"):
            await executor.run(COUNT)
    assert (len(wire.sent), loop.time()) == (sent, began)
    await asyncio.sleep(1.0)
    assert await executor.run(PING) == ["PING"]
    assert "closed" in repr(executor)


@virtual_time
async def test_refusals_do_not_open_the_breaker() -> None:
    """A gateway that says no is alive."""
    wire = Wire(*[no(413, "too_large")] * 20)
    executor = client(wire)
    for _ in range(20):
        with pytest.raises(StoreDown):
            await executor.run(PING)
    assert await executor.run(PING) == ["PING"]


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "key_expired", "STATE_API_KEY"),
        (403, "wrong_prefix", "prefixes"),
        (413, "too_large", "raise its limits"),
        (404, "", "STATE_URL"),
        (302, "", "does not understand"),
    ],
)
@virtual_time
async def test_the_operator_reads_what_to_change_once(
    status: int, code: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A wrong key is not an outage: it is not tried again, and not logged at each of a call's hundred writes."""
    wire = Wire(*[no(status, code)] * 3)
    executor = client(wire)
    for _ in range(3):
        with pytest.raises(StoreDown, match=words):
            await executor.run(PING)
    assert len(wire.sent) == 3
    assert len([record for record in caplog.records if record.message == "the gateway refuses"]) == 1
    assert "secret" not in caplog.text
    await executor.run(PING)
    wire.script = [no(status, code)]
    with pytest.raises(StoreDown):
        await executor.run(PING)
    assert len([record for record in caplog.records if record.message == "the gateway refuses"]) == 2


@virtual_time
async def test_the_gateway_learns_the_last_round_trip() -> None:
    """Its cross-cloud latency is what its clients measured."""
    wire = Wire(0.25)
    executor = client(wire)
    await executor.run(PING)
    await executor.run(PING)
    assert "X-Client-Latency-Ms" not in wire.sent[0][1]
    assert wire.sent[1][1]["X-Client-Latency-Ms"] == "250.0"


@virtual_time
async def test_a_caller_that_goes_away_takes_nobody_along() -> None:
    """Its place in the queue is given up; those it shares a request with get their replies."""
    wire = Wire(0.5, 0.5)
    executor = client(wire)
    async with asyncio.TaskGroup() as group:
        group.create_task(executor.run(PING))
        await asyncio.sleep(0.1)
        leaving = group.create_task(executor.run([("GET", "a")]))
        await asyncio.sleep(0.1)
        waiting = group.create_task(executor.run([("GET", "b")]))
        gone = group.create_task(executor.run([("GET", "c")]))
        await asyncio.sleep(0.1)
        leaving.cancel()
        gone.cancel()
    assert waiting.result() == ["b"]
    await executor.aclose()
    assert [body for _, _, body in wire.sent] == [[["PING"]], [["GET", "a"]], [["GET", "b"]]]


@virtual_time
async def test_closing_tells_those_who_wait() -> None:
    """Nobody hangs on a store that is closed, and no task is left."""
    wire = Wire(1.0, 1.0)
    executor = client(wire)
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_asks(executor, 0.01 * n)) for n in range(5)]
        await asyncio.sleep(0.5)
        await executor.aclose()
    assert [task.result() for task in asked] == ["down"] * 5
    assert wire.closed
    with pytest.raises(StoreDown):
        await executor.run(PING)


async def _asks(executor: HttpExecutor, after_s: float) -> str:
    await asyncio.sleep(after_s)
    try:
        await executor.run(PING)
    except StoreDown:
        return "down"
    return "answered"


@pytest.mark.parametrize(
    "url", ["", "gateway:8300", "ftp://host", "http://", "https://user:password@host", "http://host?token=x"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    """At the start, not at the first call."""
    with pytest.raises(ValueError, match="URL"):
        http_store(url, api_key=KEY)


@pytest.mark.parametrize(
    ("url", "path"), [("http://h", "/pipeline"), ("https://h:1/", "/pipeline"), ("https://h/a/b/", "/a/b/pipeline")]
)
def test_the_address_may_have_a_path(url: str, path: str) -> None:
    """Behind a shared host name."""
    assert HttpLink(url).path == path


@pytest.mark.parametrize("api_key", ["", "a\nb", "é"])
def test_a_key_that_cannot_be_sent_is_refused(api_key: str) -> None:
    with pytest.raises(ValueError, match="STATE_API_KEY"):
        http_store("http://h", api_key=api_key)


def test_signing_needs_a_key_with_an_id() -> None:
    """Upstash's token has none."""
    with pytest.raises(ValueError, match="sk_<id>_<secret>"):
        http_store("http://h", api_key="AXyz", signing_key=SECRET)
