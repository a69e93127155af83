"""Objects when somebody breaks off: a client in mid-upload, a reader who stops, a bucket that dies or hangs.

What is left is a whole object or none, and an answer in bounded time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from state_gateway.storage.storage import Storage
from state_gateway.storage.upload import PART
from tests.support.gcs_server import GcsServer, gcs_server
from tests.support.storage_app import OpenDoor, pieces, serving, settings, write

_ROOT = Path(__file__).parents[2]
_MIB = 1024 * 1024


@pytest_asyncio.fixture
async def gcs(tmp_path: Path) -> AsyncIterator[GcsServer]:
    async with gcs_server(tmp_path) as server:
        yield server


@pytest_asyncio.fixture
async def http(gcs: GcsServer) -> AsyncIterator[httpx2.AsyncClient]:
    async with serving(Storage(settings(gcs.url, gcs.bucket))) as client:
        yield client


async def test_a_client_that_goes_away_in_mid_upload_leaves_nothing(gcs: GcsServer) -> None:
    """Said to be 4 MiB, gone after 3: parts of it were in the bucket's hands by then."""
    door = OpenDoor()
    async with serving(Storage(settings(gcs.url, gcs.bucket)), door) as http:
        for length in (f"Content-Length: {4 * PART}", "Transfer-Encoding: chunked"):
            _, writer = await asyncio.open_connection("127.0.0.1", http.base_url.port)
            head = f"POST /storage/write?path=calls/a HTTP/1.1\r\nHost: x\r\n{length}\r\n\r\n"
            size = f"{3 * PART:x}\r\n" if "chunked" in length else ""
            writer.write((head + size).encode() + os.urandom(3 * PART))
            await writer.drain()
            writer.transport.abort()
        async with asyncio.timeout(10):
            while len(door.outcomes) < 2:
                await asyncio.sleep(0.01)
    assert {outcome for _, outcome, _, _ in door.outcomes} == {"ClientDisconnect"}
    assert await gcs.names() == []


async def test_a_client_that_dawdles_with_its_upload_is_cut_off(gcs: GcsServer) -> None:
    """A byte now and then would hold a place for ever."""
    async with serving(Storage(settings(gcs.url, gcs.bucket, upload_part_s=0.3))) as http:
        reader, writer = await asyncio.open_connection("127.0.0.1", http.base_url.port)
        writer.write(b"POST /storage/write?path=calls/a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx")
        answer = await asyncio.wait_for(reader.readuntil(b"}"), 10)
        assert b" 408 " in answer and b"request_timeout" in answer
        writer.close()
        await writer.wait_closed()
    assert await gcs.names() == []


async def test_a_bucket_that_dies_in_mid_read_breaks_the_answer_off(gcs: GcsServer) -> None:
    """The reader gets fewer bytes than it was promised, never a whole object that is none; afterwards all is well."""
    data, door = os.urandom(8 * _MIB), OpenDoor()
    await gcs.put("calls/a", data)
    async with serving(Storage(settings(gcs.url, gcs.bucket)), door) as http:
        with pytest.raises(httpx2.RemoteProtocolError):
            async with http.stream("GET", "/storage/read/calls/a") as answer:
                assert answer.status_code == 200
                async for _ in answer.aiter_raw(_MIB):
                    await gcs.kill()
        assert door.outcomes[0][1] == "storage_down"
        down = await http.get("/storage/read/calls/a")
        assert (down.status_code, down.json()["code"], down.headers["retry-after"]) == (503, "storage_down", "1")
        await gcs.start()
        assert (await http.get("/storage/read/calls/a")).content == data


async def test_an_object_that_is_overwritten_in_mid_read_is_never_a_mixture(gcs: GcsServer) -> None:
    """Every part is of the generation the answer began with; where that is gone, the answer breaks off."""
    await gcs.put("calls/a", b"a" * 8 * _MIB)
    async with serving(Storage(settings(gcs.url, gcs.bucket))) as http:
        got = b""
        with pytest.raises(httpx2.RemoteProtocolError):
            async with http.stream("GET", "/storage/read/calls/a") as answer:
                async for piece in answer.aiter_raw(_MIB):
                    if not got:
                        await gcs.put("calls/a", b"b" * 8 * _MIB)
                    got += piece
        assert set(got) == {ord("a")}


async def test_a_bucket_that_dies_in_mid_write_makes_no_object(http: httpx2.AsyncClient, gcs: GcsServer) -> None:
    """Dead for good, or back without the upload it had begun: 503 either way, and the same write then succeeds."""
    data = os.urandom(6 * PART)

    async def until_killed() -> AsyncIterator[bytes]:
        async for piece in pieces(data[: 3 * PART]):
            yield piece
        await gcs.kill()
        async for piece in pieces(data[3 * PART :]):
            yield piece

    assert (await write(http, "calls/a", until_killed(), 503))["code"] == "storage_down"
    await gcs.start()
    assert await gcs.names() == []
    await write(http, "calls/a", data)
    assert (await http.get("/storage/read/calls/a")).content == data


async def test_a_bucket_that_hangs_is_a_504_and_holds_nobody_else_up(gcs: GcsServer) -> None:
    """Answers in the time that was set, and the gateway's own event loop goes on meanwhile."""
    quick = {"storage_connect_s": 0.3, "storage_read_s": 0.3, "storage_retry_s": 0.3}
    async with serving(Storage(settings(gcs.url, gcs.bucket, **quick))) as http:
        await write(http, "calls/a", b"1")
        gcs.freeze()
        try:
            read = asyncio.gather(http.get("/storage/read/calls/a"))
            assert (await http.get("/nothing")).status_code == 404
            (answer,) = await read
            assert (answer.status_code, answer.json()["code"]) == (504, "storage_timeout")
            assert (await write(http, "calls/b", b"1", 504))["code"] == "storage_timeout"
        finally:
            gcs.thaw()
        assert (await http.get("/storage/read/calls/a")).content == b"1"


async def test_calls_that_hang_do_not_pile_up(gcs: GcsServer) -> None:
    """Two threads, both stuck: the third request is told so, instead of waiting behind them."""
    few = {"storage_threads": 2, "storage_wait_s": 0.2}
    async with serving(Storage(settings(gcs.url, gcs.bucket, **few))) as http:
        gcs.freeze()
        try:
            answers = await asyncio.gather(*[http.get("/storage/read/calls/a") for _ in range(3)])
        finally:
            gcs.thaw()
        assert sorted(answer.json()["code"] for answer in answers) == ["busy", "storage_timeout", "storage_timeout"]
        assert (await http.get("/storage/read/calls/a")).status_code == 404


async def test_a_reader_who_stops_reading_is_let_go(gcs: GcsServer) -> None:
    """It holds one part and a socket's buffer, and not for longer than was set."""
    await gcs.put("calls/a", os.urandom(24 * _MIB))
    door = OpenDoor()
    async with serving(Storage(settings(gcs.url, gcs.bucket, object_send_s=0.3)), door) as http:
        _, writer = await asyncio.open_connection("127.0.0.1", http.base_url.port, limit=1024)
        writer.write(b"GET /storage/read/calls/a HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(20):
            while not door.outcomes:
                await asyncio.sleep(0.01)
        writer.transport.abort()
    ((_, outcome, _, sent),) = door.outcomes
    assert outcome == "ClientDisconnect" and sent < 24 * _MIB
