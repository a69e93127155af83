"""Who may do what, asked of the running gateway over HTTP: what each refusal looks like, and that nothing slips by."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from ops.clock import SystemClock
from tests.support.a_gateway import Gateway, a_gateway, client, signed
from tests.support.redis_server import RedisServer, redis_server

pytestmark = pytest.mark.asyncio(loop_scope="module")

_CLIENTS = [
    client("worker", objects_read=["worker"], objects_write=["worker"]),
    client("other"),
    client("reader", commands=["GET"]),
    client("signer", signing="required"),
    client("slow", rate="3/hour"),
    client("narrow", max_concurrent=1),
    client("remote", networks=["192.0.2.0/24"]),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def redis(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisServer]:
    async with redis_server(tmp_path_factory.mktemp("redis"), appendonly=False) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    path: Path = tmp_path_factory.mktemp("gateway")
    settings = {"BODY_S": "1", "HEAD_S": "1", "TRUSTED_PROXIES": "127.0.0.1", "BUCKET": "absent"}
    async with a_gateway(path, redis.url, _CLIENTS, **settings) as started:
        await started.wait_for("/ready", ready=True)
        yield started


async def _refused(answer: httpx2.Response, status: int, code: str) -> None:
    """The one shape of a refusal; its text quotes nothing."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code) and body.keys() == {"error", "code"}
    assert answer.headers["x-request-id"] and "sk_" not in body["error"].replace("sk_...", "").replace("sk_<id>", "")
    assert ("retry-after" in answer.headers) == (status == 429)
    assert ("www-authenticate" in answer.headers) == (status == 401)


async def _asked(running: Gateway, key: str, command: list[Any], path: str = "/", **more: Any) -> httpx2.Response:
    async with running.asking(key) as http:
        return await http.post(path, content=json.dumps(command), **more)


async def _until(running: Gateway, key: str, status: int) -> httpx2.Response:
    """The clients file is read each second."""
    async with asyncio.timeout(20), running.asking(key) as http:
        while (answer := await http.post("/", content='["PING"]')).status_code != status:
            await asyncio.sleep(0.05)
    return answer


async def test_keys_come_and_go_without_a_restart(running: Gateway) -> None:
    """Two at once, one revoked, one expired: each is told what is the matter, and only who has the secret."""
    first, second = running.key("worker"), running.key("worker")
    for key in (first, second):
        await _until(running, key, 200)
    worker = running.clients[0]
    worker["keys"][-2]["revoked"] = worker["keys"][-1]["expires"] = "2026-01-01T00:00:00Z"
    running.save()
    await _refused(await _until(running, first, 401), 401, "key_revoked")
    await _refused(await _until(running, second, 401), 401, "key_expired")
    wrong = first[:-8] + "00000000"
    await _refused(await _asked(running, wrong, ["PING"]), 401, "unauthorized")


async def test_a_broken_clients_file_changes_nothing(running: Gateway) -> None:
    """Who could ask before can ask on; the metric and the log tell the operator."""
    key = running.key("worker")
    await _until(running, key, 200)
    running.clients_file.write_text('{"clients": [')
    async with asyncio.timeout(20), running.asking() as http:
        while "gateway_clients_file_ok 0.0" not in (await http.get("/metrics")).text:
            await asyncio.sleep(0.05)
    assert (await _asked(running, key, ["PING"])).status_code == 200
    running.save()
    async with asyncio.timeout(20), running.asking() as http:
        while "gateway_clients_file_ok 1.0" not in (await http.get("/metrics")).text:
            await asyncio.sleep(0.05)


async def test_without_a_key_nothing_is_told(running: Gateway) -> None:
    """On every route that does something, in the same shape; a key in the address is not taken either."""
    key = running.keys["worker"]
    async with running.asking() as http:
        for method, path in (
            ("POST", "/"),
            ("POST", "/pipeline"),
            ("POST", "/multi-exec"),
            ("GET", "/redis/get/worker:1"),
            ("POST", "/redis/set"),
            ("DELETE", "/redis/delete/worker:1"),
            ("GET", "/storage/read/worker/a"),
            ("POST", "/storage/write?path=worker/a"),
        ):
            await _refused(await http.request(method, path), 401, "unauthorized")
        answer = await http.post(f"/?_token={key}", content='["PING"]')
        assert answer.status_code in (400, 401) and key not in answer.text
    assert key not in running.log


async def test_another_clients_keys_are_out_of_reach(running: Gateway, redis: RedisServer) -> None:
    """By every route; a pipeline with one such command does nothing at all."""
    key, other = running.keys["worker"], running.keys["other"]
    assert (await _asked(running, other, ["SET", "other:1", "theirs"])).status_code == 200
    for path, body in (
        ("/", ["GET", "other:1"]),
        ("/", ["get", "workers:1"]),
        ("/", ["GET", "../other:1"]),
        ("/pipeline", [["SET", "worker:p", "1"], ["DEL", "worker:1", "other:1"]]),
        ("/multi-exec", [["SET", "worker:p", "1"], ["RENAME", "other:1", "worker:1"]]),
        ("/redis/set", {"key": "other:1", "value": "mine"}),
    ):
        async with running.asking(key) as http:
            answer = await http.post(path, json=body)
            code = "command_not_allowed" if "RENAME" in str(body) else "wrong_prefix"
            await _refused(answer, 403, code)
            assert "other" not in answer.json()["error"]
    async with running.asking(key) as http:
        await _refused(await http.get("/redis/get/other:1"), 403, "wrong_prefix")
        await _refused(await http.get("/redis/get/%6Fther%3A1"), 403, "wrong_prefix")
        await _refused(await http.delete("/redis/delete/other:1"), 403, "wrong_prefix")
        # Redis knows no folders: this is a key of the client's own, and no such key.
        assert (await http.get("/redis/get/worker:..%2F..%2Fother:1")).status_code == 404
    assert await redis.ask("get", "other:1") == "theirs" and await redis.ask("get", "worker:p") == ""


async def test_commands_and_scripts_by_list(running: Gateway) -> None:
    """What is not allowed is not done, whatever its letters' case."""
    key, reader = running.keys["worker"], running.keys["reader"]
    for command in (["FLUSHALL"], ["keys", "*"], ["Scan", "0"], ["CONFIG", "GET", "*"], ["SCRIPT", "FLUSH"]):
        await _refused(await _asked(running, key, command), 403, "command_not_allowed")
    await _refused(await _asked(running, reader, ["SET", "reader:1", "x"]), 403, "command_not_allowed")
    assert (await _asked(running, reader, ["GET", "reader:1"])).json() == {"result": None}
    for command in (["EVAL", "return 1", "0"], ["EVALSHA", "0" * 40, "0"], ["SCRIPT", "LOAD", "return 1"]):
        await _refused(await _asked(running, key, command), 403, "script_not_allowed")


async def test_the_call_stores_own_scripts_may_run(running: Gateway) -> None:
    """All of the scripts folder, sent whole: a wrong use of them is Redis' matter, not a refusal."""
    key = running.keys["worker"]
    scripts = sorted((Path(__file__).parents[2] / "calls" / "stores" / "lua").glob("*.lua"))
    assert scripts
    for script in scripts:
        answer = await _asked(running, key, ["SCRIPT", "LOAD", script.read_text()])
        assert answer.status_code == 200 and len(answer.json()["result"]) == 40


async def test_large_things_are_refused(running: Gateway) -> None:
    """A key of 1 MB, a value above the limit, a body above it: 413 in the one shape, the connection's next request
    is answered."""
    key = running.keys["worker"]
    await _refused(await _asked(running, key, ["GET", "worker:" + "k" * 1_000_000]), 413, "too_large")
    await _refused(await _asked(running, key, ["SET", "worker:1", "v" * 1_048_577]), 413, "too_large")
    assert (await _asked(running, key, ["SET", "worker:1", "v" * 1_048_576])).json() == {"result": "OK"}
    async with running.asking(key) as http:
        await _refused(await http.post("/", content=b" " * 4_194_305), 413, "too_large")
        assert (await http.post("/", content='["PING"]')).status_code == 200


async def test_any_bytes_and_any_letters_come_back_as_they_went(running: Gateway) -> None:
    """All 256 bytes through base64, keys and values of every script, a NUL in each."""
    key = running.keys["worker"]
    everything = bytes(range(256)) * 5
    async with running.asking(key) as http:
        value = b64encode(everything).decode()
        stored = await http.post("/redis/set", json={"key": "worker:b", "value": value, "encoding": "base64"})
        assert stored.status_code == 200
        back = await http.post("/", json=["GET", "worker:b"], headers={"Upstash-Encoding": "base64"})
        assert back.json() == {"result": value}
        for word in ("Grüße", "日本語", "👋🏽", "a\x00b", "\u202eevil", '"\\\n', " "):
            assert (await http.post("/", json=["SET", f"worker:{word}", word])).json() == {"result": "OK"}
            assert (await http.post("/", json=["GET", f"worker:{word}"])).json() == {"result": word}


@pytest.mark.parametrize(
    "path",
    [
        "worker/../other/a",
        "worker/%2e%2e/other/a",
        "worker/..%2Fother/a",
        "worker/%252e%252e/other",
        "worker//a",
        "worker/.",
        "worker/a%00",
        "worker%5C..%5Cother",
        "/worker/a",
        "worker/a%0d%0aX-Y:%20z",
    ],
)
async def test_no_path_leads_out_of_a_clients_folder(running: Gateway, path: str) -> None:
    """Refused for the form, before the bucket is asked; over a raw socket, since clients tidy paths up."""
    key = running.keys["worker"]
    head = f"GET /storage/read/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n"
    answer = await _raw(running, head.encode())
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 ", b"HTTP/1.1 404 ")) and b"X-Y" not in answer
    async with running.asking(key) as http:
        await _refused(await http.get("/storage/read/other/a"), 403, "wrong_prefix")


async def test_a_client_from_elsewhere_is_refused(running: Gateway) -> None:
    """The trusted proxy's word counts, from the right; what stands left of it is anybody's."""
    key = running.keys["remote"]
    async with running.asking(key) as http:
        headers = {"X-Forwarded-For": "192.0.2.7"}
        assert (await http.post("/", content='["PING"]', headers=headers)).status_code == 200
        for forwarded in ({}, {"X-Forwarded-For": "192.0.2.7, 198.51.100.1"}, {"X-Forwarded-For": "192.0.2.7, x"}):
            await _refused(await http.post("/", content='["PING"]', headers=forwarded), 403, "wrong_network")


async def test_a_rate_is_kept(running: Gateway) -> None:
    """429 with whole seconds to wait, for this client only."""
    key, other = running.keys["slow"], running.keys["other"]
    answers = [await _asked(running, key, ["PING"]) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    await _refused(answers[-1], 429, "rate_limited")
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert (await _asked(running, other, ["PING"])).status_code == 200


async def _raw(running: Gateway, *parts: bytes) -> bytes:
    """Send the parts; the head of the answer, or nothing where the gateway closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        said = b""
        while b"\r\n\r\n" not in said:
            async with asyncio.timeout(20):
                more = await reader.read(65_536)
            if not more:
                break
            said += more
        return said
    finally:
        writer.close()
        await writer.wait_closed()


async def test_places_at_once_are_bounded(running: Gateway) -> None:
    """A client with one place and a slow upload: its second request is told to come back, others are not held up."""
    key, other = running.keys["narrow"], running.keys["other"]
    head = f"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: 100\r\n\r\n["
    async with asyncio.TaskGroup() as tasks:
        slow = tasks.create_task(_raw(running, head.encode()))
        await _refused(await _until(running, key, 429), 429, "too_many_at_once")
        assert (await _asked(running, other, ["PING"])).status_code == 200
    assert b" 408 " in slow.result()
    await _until(running, key, 200)


async def test_slow_loris_gets_nowhere(running: Gateway) -> None:
    """Heads and bodies that never end are closed in time, 50 at once, and nobody else waits."""
    key = running.keys["other"]
    body = f"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: 100\r\n\r\n["
    async with asyncio.TaskGroup() as tasks:
        heads = [tasks.create_task(_raw(running, b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ")) for _ in range(25)]
        bodies = [tasks.create_task(_raw(running, body.encode())) for _ in range(25)]
        assert (await _asked(running, key, ["PING"])).status_code == 200
    assert {task.result() for task in heads} == {b""}
    for task in bodies:
        assert b" 408 " in task.result()


async def test_signed_requests(running: Gateway, redis: RedisServer, tmp_path: Path) -> None:
    """Signed once, believed once: not again here, not at another replica, not with another body or path."""
    key = running.keys["signer"]
    body = b'["SET","signer:1","x"]'
    async with running.asking(key) as http, asyncio.timeout(60):
        await _refused(await http.post("/", content=body), 401, "bad_signature")
        headers = signed(key, body)
        await _refused(await http.post("/", content=body.replace(b"x", b"y"), headers=headers), 401, "bad_signature")
        await _refused(await http.post("/pipeline", content=body, headers=headers), 401, "bad_signature")
        assert (await http.post("/", content=body, headers=headers)).json() == {"result": "OK"}
        await _refused(await http.post("/", content=body, headers=headers), 401, "replayed")
        fresh = signed(key, body)
        assert (await http.post("/", content=body, headers=fresh)).status_code == 200
        async with a_gateway(tmp_path / "second", redis.url, running.clients) as second, second.asking(key) as there:
            await _refused(await there.post("/", content=body, headers=fresh), 401, "replayed")
        get = signed(key, b"", method="GET", path="/redis/get/signer%3A1")
        assert (await http.get("/redis/get/signer%3A1", headers=get)).json()["value"] == "x"


@pytest.mark.parametrize("off_s", [-301.0, 301.0])
async def test_a_clock_that_is_5_minutes_off_is_told_the_time(running: Gateway, off_s: float) -> None:
    """With it the client signs again, and is believed."""
    key, body = running.keys["signer"], b'["PING"]'
    async with running.asking(key) as http:
        answer = await http.post("/", content=body, headers=signed(key, body, off_s=off_s))
        await _refused(answer, 401, "clock_skew")
        gateways = parsedate_to_datetime(answer.headers["date"]).timestamp()
        mine = SystemClock().now() + off_s
        again = signed(key, body, off_s=off_s + gateways - mine)
        assert (await http.post("/", content=body, headers=again)).status_code == 200


async def test_the_audit_log_tells_who_and_what_and_nothing_more(running: Gateway) -> None:
    """No key of Redis, no value, no API key, in the audit log or in the service's own."""
    key = running.keys["worker"]
    async with running.asking(key) as http:
        answer = await http.post("/", json=["SET", "worker:hidden-key", "hidden-value"], headers={"X-Request-Id": "r1"})
        assert answer.status_code == 200
        await http.get("/redis/get/worker:hidden-key", headers={"X-Request-Id": "r2"})
        await http.post("/", json=["GET", "other:hidden-key"], headers={"X-Request-Id": "r3"})
    async with asyncio.timeout(20):
        while not {"r1", "r2", "r3"} <= (lines := {each["request_id"]: each for each in await running.audit()}).keys():
            await asyncio.sleep(0.05)
    set_, get, refused = lines["r1"], lines["r2"], lines["r3"]
    assert (set_["client"], set_["key_id"], set_["ip"]) == ("worker", key.split("_")[1], "127.0.0.1")
    assert (set_["command"], set_["route"], set_["outcome"], set_["bytes_in"] > 0) == ("SET", "/", "ok", True)
    assert get["key_hashes"] == set_["key_hashes"] and get["route"].startswith("/redis/get")
    assert refused["outcome"] == "wrong_prefix"
    everything = running.audit_file.read_text() + running.log
    assert "hidden" not in everything and key not in everything


async def test_redis_going_away_is_no_question_of_keys(redis: RedisServer, running: Gateway) -> None:
    """Signed or not: 503, nothing executed, and never 401, which a client would take for its own fault. Last: kills."""
    key = running.keys["signer"]
    body = b'["PING"]'
    async with running.asking(key) as http, asyncio.timeout(60):
        await redis.kill()
        headers = signed(key, body)
        answer = await http.post("/", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (503, "store_down")
        await redis.start()
        while (await http.post("/", content=body, headers=signed(key, body))).status_code != 200:
            await asyncio.sleep(0.05)
        await _refused(await http.post("/", content=body, headers=headers), 401, "replayed")
