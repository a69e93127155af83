"""Objects through `python state_gateway/main.py` itself: its door, its audit log, and the memory it takes."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2
import psutil  # type: ignore[import-untyped]

from state_gateway.storage.upload import PART
from tests.support.a_gateway import Gateway, a_gateway, client, signed
from tests.support.gcs_server import GcsServer, gcs_server
from tests.support.redis_server import redis_server
from tests.support.storage_app import pieces, write

_MIB = 1024 * 1024
_RIGHTS = {"objects_read": ["calls/"], "objects_write": ["calls/"]}


@asynccontextmanager
async def _storage(directory: Path, **entry: str) -> AsyncIterator[tuple[Gateway, GcsServer]]:
    """A gateway with a bucket. `entry`: more of its client's entry in the clients file."""
    clients = [client("worker", prefixes=["calls"], **_RIGHTS, **entry)]
    async with redis_server(directory, appendonly=False) as redis, gcs_server(directory) as gcs:
        own = {"STORAGE_EMULATOR_HOST": gcs.url, "BUCKET": gcs.bucket}
        async with a_gateway(directory / "gateway", redis.url, clients, **own) as gateway:
            yield gateway, gcs


async def test_forty_megabytes_in_and_out_take_a_few_of_memory(tmp_path: Path) -> None:
    """Held once, the object alone would be 40 MiB more; two of them at once in, two out, to readers who pause."""
    async with _storage(tmp_path) as (gateway, _):
        process, http = psutil.Process(gateway.process.pid), gateway.http
        await write(http, "calls/warm", os.urandom(3 * PART))
        await http.get("/storage/read/calls/warm")
        before, peak = process.memory_info().rss, 0
        data = os.urandom(40 * _MIB)

        async def read(name: str) -> str:
            nonlocal peak
            digest = hashlib.sha256()
            async with http.stream("GET", f"/storage/read/{name}") as answer:
                async for piece in answer.aiter_raw(_MIB):
                    digest.update(piece)
                    peak = max(peak, process.memory_info().rss)
                    await asyncio.sleep(0.005)
            return digest.hexdigest()

        async def sent() -> AsyncIterator[bytes]:
            nonlocal peak
            async for piece in pieces(data, _MIB):
                peak = max(peak, process.memory_info().rss)
                yield piece

        await asyncio.gather(write(http, "calls/a", sent()), write(http, "calls/b", sent()))
        assert set(await asyncio.gather(read("calls/a"), read("calls/b"))) == {hashlib.sha256(data).hexdigest()}
        assert peak - before < 30 * _MIB, f"{(peak - before) / _MIB:.0f} MiB more"


async def test_who_has_no_key_or_no_right_gets_nothing_and_leaves_no_name_in_the_audit_log(tmp_path: Path) -> None:
    """401 and 403 before the bucket is asked; a line for each request, with the object's name as a hash only."""
    async with _storage(tmp_path) as (gateway, gcs):
        http = gateway.http
        await gcs.put("voices/a", b"secret")
        written = await write(http, "calls/a-callers-name", b"12345")
        assert (await http.get("/storage/read/calls/a-callers-name")).headers["etag"] == f'"{written["generation"]}"'
        assert (await http.get("/storage/read/voices/a")).status_code == 403
        async with httpx2.AsyncClient(base_url=http.base_url, trust_env=False) as nobody:
            assert (await nobody.get("/storage/read/calls/a-callers-name")).status_code == 401
            assert (await nobody.post("/storage/write?path=calls/b", content=b"1")).status_code == 401
        lines = await gateway.audit(5)
        assert [(line["command"], line["outcome"], line["bytes_in"]) for line in lines[:3]] == [
            ("object.write", "ok", 5),
            ("object.read", "ok", 0),
            ("object.read", "wrong_prefix", 0),
        ]
        assert [line["bytes_out"] for line in lines[1:3]] == [5, 0]
        assert lines[0]["key_hashes"] == lines[1]["key_hashes"] != []
        assert "a-callers-name" not in gateway.audit_file.read_text()
        assert await gcs.names() == ["calls/a-callers-name", "voices/a"]


async def test_a_signed_write_stores_what_was_signed_and_once(tmp_path: Path) -> None:
    """The body is hashed as it streams; another body, and the same request again, are refused, and leave nothing."""
    data, path, query = os.urandom(2 * PART + 7), "/storage/write", "path=calls%2Fa"
    async with _storage(tmp_path, signing="required") as (gateway, gcs):

        async def post(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
            for _ in range(5):
                # A refusal that needs no body closes the connection under a client that still sends: the answer may be
                # lost with it, and the same refusal is asked for again.
                with suppress(httpx2.ReadError):
                    answer = await gateway.http.post(f"{path}?{query}", content=body, headers=headers)
                    return answer.status_code, answer.json().get("code", "stored")
            raise AssertionError("no answer")

        assert await post(data, {}) == (401, "bad_signature")
        assert await post(data, signed(gateway.api_key, data[:-1], path=path, query=query)) == (401, "bad_signature")
        assert await gcs.names() == []
        headers = signed(gateway.api_key, data, path=path, query=query)
        assert await post(data, headers) == (200, "stored")
        assert await post(data, headers) == (401, "replayed")
        assert await gcs.names() == ["calls/a"]
