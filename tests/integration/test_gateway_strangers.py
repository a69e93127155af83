"""What those without a key can ask, and what of it is counted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.support.a_gateway import Gateway, a_gateway
from tests.support.redis_server import redis_server

pytestmark = pytest.mark.asyncio(loop_scope="module")
_NOBODY = {"Authorization": "Bearer nobody"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    directory: Path = tmp_path_factory.mktemp("gateway")
    async with redis_server(directory, appendonly=False) as redis, a_gateway(directory, redis.url) as running:
        await running.wait_for("/ready", ready=True)
        yield running


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404, "not_found"),
        (b"GET  HTTP/1.1\r\n\r\n", 400, "bad_request"),
        (b"\x16\x03\x01\x02\x00\x01", 400, "bad_request"),  # TLS, at a port that has none
    ],
)
async def test_what_is_hardly_http_is_answered_in_the_one_shape(
    gateway: Gateway, asked: bytes, status: int, code: str
) -> None:
    """Also where uvicorn would answer it in plain text, or a path has no slash."""
    url = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    async with asyncio.timeout(10):
        writer.write(asked)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.transport.abort()
    assert head.startswith(b"HTTP/1.1 %d " % status) and b"application/json" in head
    told = json.loads(body)
    assert set(told) == {"error", "code"} and told["code"] == code


async def test_only_a_parameter_called_token_is_refused(gateway: Gateway) -> None:
    """Not an object whose name has the word in it: there is no bucket here, and that is all that is wrong."""
    write = await gateway.http.post("/storage/write", params={"path": "calls/a_token.wav"}, content=b"x")
    assert "_token" not in write.json()["error"]
    for query in ("_token=abc", "a=1&_token=abc", "_token"):
        refused = await gateway.http.post(f"/?{query}", json=["PING"])
        assert refused.status_code == 400 and "_token" in refused.json()["error"]


async def test_strangers_do_not_change_what_latencies_say(gateway: Gateway) -> None:
    """Thousands of quick 401s would hide that clients wait, and a header of anybody's could ring the alarm."""
    own, ours = "gateway_client_latency_seconds_count", 'gateway_http_request_seconds_count{route="/pipeline"}'
    sent = {"X-Client-Latency-Ms": "9000"}
    await gateway.post("/pipeline", [["PING"]], **sent)
    before = await gateway.metric(own), await gateway.metric(ours)
    for _ in range(5):
        refused = await gateway.http.post("/pipeline", json=[["PING"]], headers=_NOBODY | sent)
        assert refused.status_code == 401
    for path in ("/live", "/nowhere"):
        await gateway.http.get(path, headers=_NOBODY | sent)
    assert before == (1, 1) == (await gateway.metric(own), await gateway.metric(ours))
