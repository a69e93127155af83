"""The Upstash REST protocol as a client sees it: the official client, and JSON on the wire with a real Redis behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import upstash_redis
import upstash_redis.asyncio
from upstash_redis.errors import UpstashError

from tests.support.a_gateway import Gateway, a_gateway
from tests.support.redis_server import redis_server

pytestmark = pytest.mark.asyncio(loop_scope="module")
_ADD = "return redis.call('INCRBY', KEYS[1], ARGV[1])"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    directory: Path = tmp_path_factory.mktemp("gateway")
    scripts = directory / "lua"
    scripts.mkdir()
    (scripts / "add.lua").write_text(_ADD)
    async with (
        redis_server(directory, appendonly=False) as redis,
        a_gateway(directory, redis.url, SCRIPTS_DIR=str(scripts)) as running,
    ):
        await running.wait_for("/ready", ready=True)
        yield running


async def test_the_official_asyncio_client_works(gateway: Gateway) -> None:
    """Moving to Upstash is a change of the URL: their own client cannot tell the gateway from it."""
    async with upstash_redis.asyncio.Redis(gateway.url, gateway.api_key, rest_retries=0) as redis:
        assert await redis.set("calls:s", "wörter ☎", ex=60)
        assert await redis.get("calls:s") == "wörter ☎"
        assert not await redis.set("calls:s", "x", nx=True)
        assert await redis.get("calls:absent") is None
        assert await redis.incrbyfloat("calls:f", 1.5) == 1.5
        assert await redis.hset("calls:h", values={"a": "1", "b": "OK"}) == 2
        assert await redis.hgetall("calls:h") == {"a": "1", "b": "OK"}
        assert await redis.rpush("calls:l", "a", "b") == 2
        assert await redis.lrange("calls:l", 0, -1) == ["a", "b"]
        assert await redis.zadd("calls:z", {"one": 1, "two": 2.5}) == 2
        assert await redis.zrange("calls:z", 0, -1, withscores=True) == [("one", 1.0), ("two", 2.5)]
        assert await redis.execute(["XADD", "calls:x", "1-1", "e", "{}"]) == "1-1"
        assert await redis.execute(["XRANGE", "calls:x", "-", "+"]) == [["1-1", ["e", "{}"]]]
        sha = await redis.script_load(_ADD)
        assert await redis.evalsha(sha, keys=["calls:n"], args=["2"]) == 2
        assert await redis.eval(_ADD, keys=["calls:n"], args=["3"]) == 5
        assert await redis.ttl("calls:s") in range(50, 61)
        with pytest.raises(UpstashError, match="WRONGTYPE"):
            await redis.incr("calls:h")
        with pytest.raises(UpstashError, match="may not use"):
            await redis.execute(["FLUSHALL"])


async def test_the_official_clients_pipeline_and_transaction(gateway: Gateway) -> None:
    async with upstash_redis.asyncio.Redis(gateway.url, gateway.api_key, rest_retries=0) as redis:
        pipeline = redis.pipeline()
        pipeline.set("calls:p", "1")
        pipeline.incr("calls:p")
        pipeline.get("calls:p")
        assert await pipeline.exec() == [True, 2, "2"]
        transaction = redis.multi()
        transaction.set("calls:m", "1")
        transaction.incrby("calls:m", 4)
        assert await transaction.exec() == [True, 5]


async def test_the_official_sync_client_works(gateway: Gateway) -> None:
    def talk() -> list[Any]:
        with upstash_redis.Redis(gateway.url, gateway.api_key, rest_encoding=None, rest_retries=0) as redis:
            redis.set("calls:sync", "value")
            return [redis.get("calls:sync"), redis.delete("calls:sync"), redis.get("calls:sync"), redis.ping()]

    assert await asyncio.to_thread(talk) == ["value", 1, None, "PONG"]


async def test_replies_keep_their_shape(gateway: Gateway) -> None:
    """nil, integer, status, bulk, array, nested array, map (flat, as RESP2 has it): each as Upstash writes it."""
    answer = await gateway.post(
        "/pipeline",
        [
            ["GET", "calls:none"],
            ["INCR", "calls:i"],
            ["SET", "calls:st", ""],
            ["GET", "calls:st"],
            ["HSET", "calls:map", "f", "v"],
            ["HGETALL", "calls:map"],
            ["XADD", "calls:stream", "1-0", "a", "b"],
            ["XREAD", "STREAMS", "calls:stream", "0"],
            ["HGETALL", "calls:none"],
            ["INCR", "calls:map"],
        ],
    )
    assert answer.status_code == 200
    assert answer.json() == [
        {"result": None},
        {"result": 1},
        {"result": "OK"},
        {"result": ""},
        {"result": 1},
        {"result": ["f", "v"]},
        {"result": "1-0"},
        {"result": [["calls:stream", [["1-0", ["a", "b"]]]]]},
        {"result": []},
        {"error": "WRONGTYPE Operation against a key holding the wrong kind of value"},
    ]


async def test_bytes_that_are_no_text_survive_in_base64_and_do_not_break_json(gateway: Gateway) -> None:
    """Without base64 Upstash puts U+FFFD in the place of such bytes; with it, every byte comes back."""
    put = {"key": "calls:bin", "value": "AP/+gA==", "encoding": "base64"}
    assert (await gateway.post("/redis/set", put)).status_code == 200
    assert await gateway.result("GET", "calls:bin") == "\x00\ufffd\ufffd\ufffd"
    coded = await gateway.post("/pipeline", [["GET", "calls:bin"], ["PING"], ["SET", "calls:o", "OK"]], **_BASE64)
    assert coded.json() == [{"result": "AP/+gA=="}, {"result": "UE9ORw=="}, {"result": "OK"}]


_BASE64 = {"Upstash-Encoding": "base64"}


async def test_numbers_arrive_as_they_were_written(gateway: Gateway) -> None:
    """1.10 is not 1.1, and 20 digits are not a float: what is stored is what was sent."""
    written = [b"1.10", b"12345678901234567890123", b"1e3", b"true"]
    body = b",".join(b'["SET","calls:%c",%b]' % (name, value) for name, value in zip(b"abcd", written, strict=True))
    assert (await gateway.post("/pipeline", b"[%b]" % body)).json() == [{"result": "OK"}] * 4
    got = await gateway.result("MGET", "calls:a", "calls:b", "calls:c", "calls:d")
    assert got == ["1.10", "12345678901234567890123", "1e3", "true"]


async def test_a_transaction_is_all_or_nothing(gateway: Gateway) -> None:
    """A command that Redis does not take discards the whole, as one error; one that fails when run has its own."""
    refused = await gateway.post("/multi-exec", [["SET", "calls:t", "1"], ["SET", "calls:t"]])
    assert refused.status_code == 400 and refused.json()["error"].startswith("EXECABORT")
    assert await gateway.result("EXISTS", "calls:t") == 0
    ran = await gateway.post("/multi-exec", [["SET", "calls:t", "x"], ["INCR", "calls:t"], ["GET", "calls:t"]])
    assert ran.json()[1]["error"].startswith("ERR value is not an integer") and ran.json()[2] == {"result": "x"}


async def test_transactions_do_not_interleave(gateway: Gateway) -> None:
    """Fifty at once on shared connections: each sees its own write only."""

    async def one(number: int) -> Any:
        body = [["SET", "calls:shared", str(number)], ["APPEND", "calls:shared", "!"], ["GET", "calls:shared"]]
        return (await gateway.post("/multi-exec", body)).json()[2]["result"]

    assert await asyncio.gather(*map(one, range(50))) == [f"{number}!" for number in range(50)]


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/", b"", "no JSON"),
        ("/", b'{"a": 1}', "no JSON array"),
        ("/", b"[]", "empty"),
        ("/", b"[1]", "name, a string"),
        ("/", b'[["GET", "calls:a"]]', "/pipeline"),
        ("/", b'["GET", null]', "null, an array or an object"),
        ("/", b'["GET", ["calls:a"]]', "null, an array or an object"),
        ("/", b'["GET", NaN]', "no JSON"),
        ("/", b'["GET", "\xff"]', "no JSON"),
        ("/", b'["GET", "\\ud800"]', "no JSON"),
        ("/", b"[" * 100_000, "no JSON"),
        ("/pipeline", b'["GET", "calls:a"]', "no array"),
        ("/pipeline", b"[[]]", "empty"),
        ("/pipeline", b'[["GET", 1.5, null]]', "null, an array or an object"),
        ("/multi-exec", b"null", "no JSON array"),
    ],
)
async def test_a_body_that_is_no_command_is_told_what_to_send(
    gateway: Gateway, path: str, body: bytes, words: str
) -> None:
    answer = await gateway.post(path, body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "bad_request" and words in answer.json()["error"]


@pytest.mark.parametrize(
    "command",
    ["SUBSCRIBE calls:a", "BLPOP calls:a 1", "WATCH calls:a", "MONITOR", "XREAD BLOCK 0 STREAMS calls:a $", "MULTI"],
)
async def test_what_would_hold_a_shared_connection_is_refused(gateway: Gateway, command: str) -> None:
    for path, body in (("/", command.split()), ("/pipeline", [["SET", "calls:w", "1"], command.split()])):
        answer = await gateway.post(path, body)
        assert answer.status_code == 403 and answer.json()["code"] == "command_not_allowed"
    assert await gateway.result("EXISTS", "calls:w") == 0  # all of a pipeline is looked at before any of it is sent


async def test_keys_and_commands_do_not_belong_into_addresses(gateway: Gateway) -> None:
    """Addresses are written down by every proxy on the way: no token and no command is taken from one."""
    token = await gateway.http.post(f"/?_token={gateway.api_key}", json=["GET", "calls:a"])
    assert token.status_code == 400 and "Authorization" in token.json()["error"]
    path = await gateway.http.get("/set/calls:a/secret")
    assert path.status_code == 400 and "POST" in path.json()["error"]
    nothing = await gateway.http.get("/nothing/here")
    assert nothing.status_code == 404 and nothing.json()["code"] == "not_found"


async def test_too_many_commands_are_refused_whole(gateway: Gateway) -> None:
    answer = await gateway.post("/pipeline", [["SET", "calls:many", "1"]] * 1001)
    assert answer.status_code == 413 and await gateway.result("EXISTS", "calls:many") == 0
