"""The gateway over HTTP besides the Upstash protocol: the plan's routes, probes, metrics, and clients that dawdle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

import psutil  # type: ignore[import-untyped]
import pytest
import pytest_asyncio

from tests.support.a_gateway import Gateway, a_gateway
from tests.support.redis_server import redis_server

pytestmark = pytest.mark.asyncio(loop_scope="module")
_IMPATIENT = {"HEAD_S": "0.3", "BODY_S": "0.3", "SEND_S": "0.3", "HEAD_BYTES": "4096", "CONNECTIONS": "20"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    directory: Path = tmp_path_factory.mktemp("gateway")
    async with (
        redis_server(directory, appendonly=False) as redis,
        a_gateway(directory, redis.url, **_IMPATIENT) as running,
    ):
        await running.wait_for("/ready", ready=True)
        yield running


async def test_set_get_delete(gateway: Gateway) -> None:
    put = await gateway.post("/redis/set", {"key": "calls:a", "value": "wört", "ex": 60})
    assert (put.status_code, put.json()) == (200, {"key": "calls:a", "stored": True})
    again = await gateway.post("/redis/set", {"key": "calls:a", "value": "x", "nx": True})
    assert again.json() == {"key": "calls:a", "stored": False}
    assert (await gateway.http.get("/redis/get/calls:a")).json() == {"key": "calls:a", "value": "wört"}
    assert await gateway.result("TTL", "calls:a") in range(50, 61)
    assert (await gateway.http.delete("/redis/delete/calls:a")).json() == {"key": "calls:a", "deleted": True}
    assert (await gateway.http.delete("/redis/delete/calls:a")).json() == {"key": "calls:a", "deleted": False}
    gone = await gateway.http.get("/redis/get/calls:a")
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")


async def test_binary_values_come_back_byte_by_byte(gateway: Gateway) -> None:
    """What is no UTF-8 is sent as base64 and says so; text is never taken for it."""
    await gateway.post("/redis/set", {"key": "calls:b", "value": "AAH//g==", "encoding": "base64"})
    assert (await gateway.http.get("/redis/get/calls:b")).json() == {
        "key": "calls:b",
        "value": "AAH//g==",
        "encoding": "base64",
    }


@pytest.mark.parametrize("key", ["calls:a/b", "calls:a%2Fb", "calls:a b?c#d", "calls:☎", "calls:../x", "calls:a//b"])
async def test_a_key_in_a_path_is_decoded_once(gateway: Gateway, key: str) -> None:
    """Slashes, escapes and dots in a key are the key's own: no other key is read instead."""
    await gateway.result("SET", key, key)
    host, port = urlsplit(gateway.url).hostname, urlsplit(gateway.url).port
    reader, writer = await asyncio.open_connection(host, port)  # as it stands: clients tidy paths up
    writer.write(f"GET /redis/get/{quote(key, safe='')} HTTP/1.1\r\nHost: x\r\n{_bearer(gateway)}".encode())
    writer.write(b"Connection: close\r\n\r\n")
    answer = (await reader.read()).decode()
    writer.close()
    assert answer.startswith("HTTP/1.1 200") and f'"value":"{key}"' in answer


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"key": "", "value": "x"}',
        b'{"key": "calls:a", "value": 1}',
        b'{"key": "calls:a", "value": "x", "ex": 1, "px": 1}',
        b'{"key": "calls:a", "value": "x", "ex": 0}',
        b'{"key": "calls:a", "value": "x", "exx": 1}',
        b'{"key": "calls:a", "value": "no base64!", "encoding": "base64"}',
        b'{"key": "calls:a", "value": "\xff"}',
    ],
)
async def test_a_wrong_body_is_400_and_quotes_nothing(gateway: Gateway, body: bytes) -> None:
    answer = await gateway.post("/redis/set", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert "calls:a" not in answer.text and "no base64!" not in answer.text


async def test_every_error_has_one_shape_and_an_id(gateway: Gateway) -> None:
    """{"error", "code"}, x-request-id, also for routes that are not there and methods that do not fit."""
    wrong = {"Authorization": "Bearer nobody"}
    for answer, status, code in (
        (await gateway.http.get("/nowhere"), 404, "not_found"),
        (await gateway.http.get("/pipeline"), 405, "method_not_allowed"),
        (await gateway.http.post("/ready"), 405, "method_not_allowed"),
        (await gateway.http.post("/", json=["PING"], headers=wrong), 401, "unauthorized"),
        (await gateway.http.get("/redis%2Fget/calls:a"), 404, "not_found"),
        (await gateway.http.get("/redis/get/"), 400, "bad_request"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert set(answer.json()) == {"error", "code"} and answer.headers["x-request-id"]
        assert status != 405 or answer.headers["allow"]


async def test_a_callers_request_id_is_kept_where_it_is_sane(gateway: Gateway) -> None:
    kept = await gateway.post("/", ["PING"], **{"X-Request-Id": "call-7_a"})
    made = await gateway.post("/", ["PING"], **{"X-Request-Id": "no\tgood" * 30})
    assert kept.headers["x-request-id"] == "call-7_a" and made.headers["x-request-id"].startswith("req_")


async def test_probes_and_metrics_need_no_key(gateway: Gateway) -> None:
    nobody = {"Authorization": ""}
    for path in ("/live", "/ready", "/metrics", "/openapi.json"):
        assert (await gateway.http.get(path, headers=nobody)).status_code == 200


async def test_the_clients_own_latency_is_counted_if_it_is_a_number(gateway: Gateway) -> None:
    """A header of anybody's making: what is no number of a believable size changes nothing."""
    name = "gateway_client_latency_seconds_"
    count, total = await gateway.metric(name + "count"), await gateway.metric(name + "sum")
    for value in ("nan", "inf", "-1", "1e9", "12 ms", "", "9" * 400):
        await gateway.post("/", ["PING"], **{"X-Client-Latency-Ms": value})
    assert await gateway.metric(name + "count") == count
    await gateway.post("/", ["PING"], **{"X-Client-Latency-Ms": "87.5"})
    assert await gateway.metric(name + "count") == count + 1
    assert await gateway.metric(name + "sum") == pytest.approx(total + 0.0875)


async def test_metrics_name_routes_and_never_what_was_typed(gateway: Gateway) -> None:
    await gateway.http.get("/redis/get/calls:secret-number")
    await gateway.http.get("/made/up/path")
    page = (await gateway.http.get("/metrics")).text
    assert 'gateway_http_requests_total{code="not_found",route="/redis/get/{key}",status="404"}' in page
    assert "secret-number" not in page and "made/up" not in page


async def test_a_body_above_the_limit_is_413(gateway: Gateway) -> None:
    answer = await gateway.post("/", ["SET", "calls:a", "x" * 4_300_000])
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@asynccontextmanager
async def _raw(gateway: Gateway) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(urlsplit(gateway.url).hostname, urlsplit(gateway.url).port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def _bearer(gateway: Gateway) -> str:
    return f"Authorization: Bearer {gateway.api_key}\r\n"


async def test_a_head_that_never_ends_is_closed(gateway: Gateway) -> None:
    """Slow loris: a byte now and then, on a new connection and after a good request."""
    for before in (
        b"",
        f"POST / HTTP/1.1\r\nHost: x\r\n{_bearer(gateway)}Content-Length: 8\r\n\r\n".encode() + b'["PING"]',
    ):
        async with _raw(gateway) as (reader, writer), asyncio.timeout(10):
            writer.write(before)
            if before:
                await reader.readuntil(b"PONG")
            for byte in b"GET /live HTTP/1.1\r\nX-Slow: " + b"a" * 10_000:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.02)
                if reader.at_eof() or writer.is_closing():
                    break
            with suppress(ConnectionError):  # it is closed, and a byte was on its way
                assert b"HTTP/1.1 200" not in await reader.read()
            assert reader.at_eof() or writer.is_closing()


@pytest.mark.parametrize("drops", [b"\r\n", b"\r\n" * 100])
async def test_a_line_end_between_requests_buys_no_time(gateway: Gateway, drops: bytes) -> None:
    """After an answer an empty line begins no request, and ended uvicorn's own wait: such connections stayed for ever,
    without a key, until there was none left for anybody."""
    async with _raw(gateway) as (reader, writer), asyncio.timeout(10):
        writer.write(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"}")
        writer.write(drops)
        assert await reader.read() == b""


async def test_a_request_after_a_line_end_is_answered(gateway: Gateway) -> None:
    async with _raw(gateway) as (reader, writer), asyncio.timeout(10):
        for _ in range(3):
            writer.write(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n\r\n")
            assert b"200" in await reader.readuntil(b"}")
            writer.write(b"\r\n")


async def test_a_body_that_dribbles_is_408(gateway: Gateway) -> None:
    """The whole body has one deadline: a byte in time is not time won."""
    async with _raw(gateway) as (reader, writer), asyncio.timeout(10):
        writer.write(f"POST / HTTP/1.1\r\nHost: x\r\n{_bearer(gateway)}Content-Length: 5000\r\n\r\n".encode())
        for _ in range(200):
            writer.write(b"[")
            await asyncio.sleep(0.02)
            if reader._buffer:  # type: ignore[attr-defined]  # something was answered
                break
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 408") and b"request_timeout" in answer


async def test_a_head_that_is_too_large_is_431(gateway: Gateway) -> None:
    """Not so much more that the rest of it is still on its way when the connection closes: that would reset it."""
    async with _raw(gateway) as (reader, writer), asyncio.timeout(10):
        writer.write(b"GET /live HTTP/1.1\r\nX-Large: " + b"a" * 40_000)
        assert (await reader.read()).startswith(b"HTTP/1.1 431")


async def test_a_refused_upload_is_not_read_to_its_end(gateway: Gateway) -> None:
    """401 before the body has come: the connection closes, and does not swallow what its sender still has."""
    async with _raw(gateway) as (reader, writer), asyncio.timeout(10):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n\r\n[")
        assert (await reader.read()).startswith(b"HTTP/1.1 401")


async def test_a_refused_body_that_still_comes_does_not_cost_the_answer(gateway: Gateway) -> None:
    """The 401 is written before the body is there: a client that sends head and body apart reads it all the same, and
    its connection is good for the next request."""
    async with _raw(gateway) as (reader, writer), asyncio.timeout(10):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n")
        assert b"401" in await reader.readuntil(b"}")
        writer.write(b'["PING"]')
        writer.write(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" in await reader.readuntil(b"}")


async def test_an_answer_that_is_not_read_is_given_up(gateway: Gateway) -> None:
    """The caller asks for 4 MB again and again and reads nothing: its connection ends, others are served."""
    await gateway.post("/", ["SET", "calls:large", "x" * 1_000_000])
    body = b'[["GET","calls:large"],["GET","calls:large"],["GET","calls:large"],["GET","calls:large"]]'
    ask = f"POST /pipeline HTTP/1.1\r\nHost: x\r\n{_bearer(gateway)}Content-Length: {len(body)}\r\n\r\n".encode() + body
    async with _raw(gateway) as (reader, writer), asyncio.timeout(20):
        reader._transport.pause_reading()  # type: ignore[attr-defined]  # as a client that hangs
        ours = writer.get_extra_info("sockname")[1]
        writer.write(ask * 10)
        await gateway.result("PING")
        assert ours in _peers(gateway)
        while ours in _peers(gateway):
            assert await gateway.result("PING") == "PONG"
            await asyncio.sleep(0.02)


def _peers(gateway: Gateway) -> set[int]:
    """The ports of those whom the gateway has an open connection with."""
    return {each.raddr.port for each in psutil.Process(gateway.process.pid).net_connections() if each.raddr}


async def test_connections_are_bounded(gateway: Gateway) -> None:
    """One too many hears 503 in the one shape, at once; when the others go it is let in."""
    host, port = urlsplit(gateway.url).hostname, urlsplit(gateway.url).port
    connections = [await asyncio.open_connection(host, port) for _ in range(25)]
    async with asyncio.timeout(10):
        answer = await connections[-1][0].read()
    assert answer.startswith(b"HTTP/1.1 503") and b'"busy"' in answer
    for _, writer in connections:
        writer.transport.abort()
    assert await gateway.result("PING") == "PONG"
