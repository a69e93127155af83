"""How much one answer may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.a_gateway import Gateway, a_gateway
from tests.support.redis_server import redis_server

pytestmark = pytest.mark.asyncio(loop_scope="module")
_VALUE = 500_000


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    directory: Path = tmp_path_factory.mktemp("gateway")
    limits = {"ANSWER_BYTES": "1500000", "REDIS_TIMEOUT_S": "10", "REDIS_LANES": "1"}
    async with redis_server(directory, appendonly=False) as redis, a_gateway(directory, redis.url, **limits) as running:
        await running.wait_for("/ready", ready=True)
        await running.result("SET", "calls:large", "x" * _VALUE)
        yield running


async def test_an_answer_has_a_limit(gateway: Gateway) -> None:
    """A small request for 50 MB: refused as soon as the limit is passed, and those who share its connection to Redis
    are answered."""
    asked = [["GET", "calls:large"]] * 100
    others = [gateway.result("SET", f"calls:{number}", number) for number in range(10)]
    answer, *results = await asyncio.gather(gateway.post("/pipeline", asked), *others)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert results == ["OK"] * 10
    assert await gateway.metric("gateway_redis_failures_total") == 0
    whole = await gateway.post("/pipeline", [["GET", "calls:large"]] * 2)
    assert [len(each["result"]) for each in whole.json()] == [_VALUE] * 2


async def test_a_single_reply_has_one_too(gateway: Gateway) -> None:
    """EXEC answers all at once: a reply that is far too large costs its connection, and the next is there at once."""
    for number, code in ((5, 413), (40, 413), (2, 200)):
        answer = await gateway.post("/multi-exec", [["GET", "calls:large"]] * number)
        assert answer.status_code == code
        async with asyncio.timeout(10):
            while (await gateway.post("/", ["PING"])).status_code != 200:
                await asyncio.sleep(0.01)
