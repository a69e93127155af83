"""Objects through the gateway's own routes over HTTP, in a real fake-gcs-server that is killed and frozen."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
import pytest_asyncio

from state_gateway.errors import Refused
from state_gateway.storage.bucket import Bucket, ObjectInfo, connect
from state_gateway.storage.settings import StorageSettings
from state_gateway.storage.storage import Storage
from state_gateway.storage.upload import PART
from tests.support.gcs_server import GcsServer, gcs_server
from tests.support.storage_app import pieces, serving, settings, write

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


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 3 * PART])
async def test_what_was_written_is_read_again(http: httpx2.AsyncClient, size: int) -> None:
    """Empty, one byte, and on both sides of a part's edge; sent with and without its length."""
    data = os.urandom(size)
    for sent in (data, pieces(data)):
        receipt = await write(http, "calls/a.bin", sent)
        read = await http.get("/storage/read/calls/a.bin")
        assert read.status_code == 200 and read.content == data
        assert read.headers["content-length"] == str(size)
        assert read.headers["etag"] == f'"{receipt["generation"]}"'
        assert receipt["bytes"] == size and receipt["path"] == "calls/a.bin"
        assert base64.b64decode(receipt["md5"]) == hashlib.md5(data, usedforsecurity=False).digest()


async def test_a_content_type_is_kept_and_never_guessed(http: httpx2.AsyncClient) -> None:
    """What says it is HTML is handed out as such, but a browser runs none of it."""
    for given, kept in (
        ("audio/wav", "audio/wav"),
        ("text/html; charset=utf-8",) * 2,
        (None, "application/octet-stream"),
    ):
        receipt = await write(http, "calls/x", b"data", headers={"content-type": given} if given else None)
        read = await http.get("/storage/read/calls/x")
        assert read.headers["content-type"] == receipt["content_type"] == kept
        assert read.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in read.headers["content-security-policy"]


@pytest.mark.parametrize(
    "name", ["calls/Grüße/日本 語.wav", "calls/a+b&c=d;e,f~g'h(i)!j@k:l$m*.wav", "calls/🎧", "calls/a?b#c"]
)
async def test_a_name_of_any_language_is_one_name_everywhere(
    http: httpx2.AsyncClient, gcs: GcsServer, name: str
) -> None:
    """In the query of a write, in the path of a read, and in the bucket itself."""
    await gcs.put(name, b"from elsewhere")
    assert (await http.get("/storage/read/" + quote(name))).content == b"from elsewhere"
    await gcs.put(name, b"")
    if not set(name) & set("&#+;?=%"):  # the emulator puts names into upload addresses without encoding these
        await write(http, name, b"from here")
        assert (await http.get("/storage/read/" + quote(name))).content == b"from here"
    assert await gcs.names() == [name]


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-0", 206, 0, 0),
        ("bytes=-3", 206, -3, None),
        (f"bytes={PART - 2}-{PART + 1}", 206, PART - 2, PART + 1),
        ("bytes=5-", 206, 5, None),
        ("bytes=0-1,4-5", 200, 0, None),
    ],
)
async def test_a_range_is_that_part_and_says_which(
    http: httpx2.AsyncClient, asked: str, status: int, first: int, last: int | None
) -> None:
    """Also across two parts of the gateway's own; several ranges at once are answered with the whole."""
    data = os.urandom(2 * PART)
    await write(http, "calls/a", data)
    part = data[first:] if last is None else data[first : last + 1]
    read = await http.get("/storage/read/calls/a", headers={"range": asked})
    assert (read.status_code, read.content) == (status, part)
    begin = first % len(data)
    assert read.headers.get("content-range") == (
        f"bytes {begin}-{begin + len(part) - 1}/{len(data)}" if status == 206 else None
    )


async def test_a_range_outside_the_object_is_416_with_its_size(http: httpx2.AsyncClient) -> None:
    await write(http, "calls/a", b"0123456789")
    read = await http.get("/storage/read/calls/a", headers={"range": "bytes=10-"})
    assert (read.status_code, read.json()["code"]) == (416, "bad_range")
    assert read.headers["content-range"] == "bytes */10"


async def test_what_is_stored_compressed_is_handed_out_as_it_is_stored(
    http: httpx2.AsyncClient, gcs: GcsServer
) -> None:
    """With its Content-Encoding, so that lengths, ranges and checksums are of the same bytes."""
    packed = gzip.compress(b"text " * 1000)
    async with httpx2.AsyncClient(trust_env=False) as direct:
        query = {"uploadType": "media", "name": "calls/a", "contentEncoding": "gzip"}
        await direct.post(f"{gcs.url}/upload/storage/v1/b/{gcs.bucket}/o", params=query, content=packed)
    async with http.stream("GET", "/storage/read/calls/a") as read:
        assert b"".join([piece async for piece in read.aiter_raw()]) == packed
        assert (read.headers["content-encoding"], read.headers["content-length"]) == ("gzip", str(len(packed)))
    assert (await http.get("/storage/read/calls/a")).text == "text " * 1000


async def test_head_tells_all_but_the_bytes(http: httpx2.AsyncClient) -> None:
    await write(http, "calls/a", b"0123456789", headers={"content-type": "audio/wav"})
    head, get = await http.head("/storage/read/calls/a"), await http.get("/storage/read/calls/a")
    same = ("content-length", "content-type", "etag", "x-goog-generation", "x-goog-hash", "accept-ranges")
    assert [head.headers[name] for name in same] == [get.headers[name] for name in same]
    assert head.content == b""
    assert (await http.head("/storage/read/calls/none")).status_code == 404


async def test_who_has_this_generation_gets_304_and_who_wants_another_412(http: httpx2.AsyncClient) -> None:
    """A resumed download (If-Range) of an object that changed gets the whole new one, not the middle of it."""
    await write(http, "calls/a", b"first")
    old = (await http.get("/storage/read/calls/a")).headers["etag"]
    assert (await http.get("/storage/read/calls/a", headers={"if-none-match": old})).status_code == 304
    await write(http, "calls/a", b"second")
    assert (await http.get("/storage/read/calls/a", headers={"if-none-match": old})).content == b"second"
    assert (await http.get("/storage/read/calls/a", headers={"if-match": old})).status_code == 412
    resumed = await http.get("/storage/read/calls/a", headers={"if-range": old, "range": "bytes=3-"})
    assert (resumed.status_code, resumed.content) == (200, b"second")


@pytest.mark.parametrize("size", [10, 2 * PART + 10])
async def test_of_two_writers_who_saw_the_same_exactly_one_wins(http: httpx2.AsyncClient, size: int) -> None:
    """New, and over what is there; the loser is told 412 and the winner's bytes stay."""
    generation = "0"
    for _ in range(2):
        bodies = [bytes([writer]) * size for writer in range(4)]
        answers = await asyncio.gather(
            *[
                http.post("/storage/write", params={"path": "calls/a", "ifGenerationMatch": generation}, content=body)
                for body in bodies
            ]
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
        (winner,) = [number for number, answer in enumerate(answers) if answer.status_code == 200]
        assert {answer.json()["code"] for answer in answers if answer.status_code == 412} == {"precondition_failed"}
        assert (await http.get("/storage/read/calls/a")).content == bodies[winner]
        generation = answers[winner].json()["generation"]


async def test_the_headers_of_http_are_preconditions_too(http: httpx2.AsyncClient) -> None:
    first = await write(http, "calls/a", b"1", headers={"if-none-match": "*"})
    await write(http, "calls/a", b"2", 412, headers={"if-none-match": "*"})
    await write(http, "calls/b", b"2", 412, headers={"if-match": "*"})
    await write(http, "calls/a", b"2", headers={"if-match": f'"{first["generation"]}"'})
    await write(http, "calls/a", b"3", 412, headers={"if-match": f'"{first["generation"]}"'})
    assert (await http.get("/storage/read/calls/a")).content == b"2"


_ESCAPES = [
    *("../secrets", "calls/../voices/a", "calls/%2e%2e/voices/a", "calls/..%2fvoices/a", "calls%2f..%2fvoices%2fa"),
    *(
        "calls/%252e%252e/a",
        "calls//a",
        "/calls/a",
        "calls/./a",
        "calls/a/",
        "calls\\..\\a",
        "calls/a%5cb",
        "calls/a%00",
    ),
    *("calls/%c0%ae%c0%ae/a", "calls/a%0d%0aX-Evil:1", "calls/" + "a" * 1100, "gs://somebody-elses/a", ""),
    *("https://storage.googleapis.com/somebody-elses/a", "b/somebody-elses/o/a", "somebody-elses/a", "callsigns/a"),
]


async def _raw(http: httpx2.AsyncClient, request: str) -> bytes:
    """The answer to a request that is sent byte for byte: a client library would tidy the path up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", http.base_url.port)
    writer.write(f"{request} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    return answer


async def test_no_spelling_of_a_path_leads_out(http: httpx2.AsyncClient, gcs: GcsServer) -> None:
    """Neither read nor written anywhere, and the bucket is not even asked: "no such object" would be its answer."""
    await gcs.put("a", b"secret", gcs.other)
    await gcs.put("voices/a", b"secret")
    let_in = {}
    for path in _ESCAPES:
        for request in (f"GET /storage/read/{path}", f"POST /storage/write?path={quote(path, safe='')}"):
            answer = await _raw(http, request)
            if not 400 <= int(answer.split()[1]) < 500 or b"secret" in answer or b"no such object" in answer:
                let_in[request] = answer
    assert not let_in
    assert await gcs.names() == ["voices/a"]
    assert await gcs.names(gcs.other) == ["a"]


async def test_a_parameter_that_is_not_offered_is_refused(http: httpx2.AsyncClient) -> None:
    """Ignored, it would read something else than was asked for; `bucket` is a 403 of its own."""
    await write(http, "calls/a", b"1")
    for query in ("bucket=somebody-elses", "generation=1", "signed=maybe", "signed=true&signed=false", "%ff=1"):
        read = await http.get(f"/storage/read/calls/a?{query}")
        assert read.status_code == (403 if "bucket" in query else 400), query
        written = await http.post(f"/storage/write?path=calls/b&{query}", content=b"1")
        assert written.status_code == read.status_code, query


async def test_a_client_writes_only_under_its_own_prefixes(http: httpx2.AsyncClient, gcs: GcsServer) -> None:
    await gcs.put("voices/a", b"1")
    assert (await http.get("/storage/read/voices/a")).content == b"1"
    await write(http, "voices/b", b"1", 403)
    assert await gcs.names() == ["voices/a"]


async def test_an_object_that_is_not_there_is_404_in_the_one_shape(http: httpx2.AsyncClient) -> None:
    read = await http.get("/storage/read/calls/none")
    assert (read.status_code, read.json()) == (404, {"error": "no such object", "code": "not_found"})


async def test_too_large_is_told_before_and_while_it_comes(gcs: GcsServer) -> None:
    """By its length, and by counting where none was said; nothing of it is kept."""
    async with serving(Storage(settings(gcs.url, gcs.bucket, object_bytes=PART))) as http:
        for body in (b"x" * (PART + 1), pieces(b"x" * (PART + 1))):
            assert (await write(http, "calls/a", body, 413))["code"] == "too_large"
        await write(http, "calls/b", b"x" * PART)
    assert await gcs.names() == ["calls/b"]


async def test_a_body_that_was_not_signed_is_not_stored(http: httpx2.AsyncClient, gcs: GcsServer) -> None:
    """The digest is compared before the object is completed: it never was in the bucket, not for a moment."""
    data = os.urandom(PART + 5)
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"
    await write(http, "calls/a", data[:-1], 401, headers={"content-digest": digest})
    assert await gcs.names() == []
    await write(http, "calls/a", data, headers={"content-digest": digest})


async def test_no_bucket_is_said_in_words() -> None:
    async with serving(Storage(StorageSettings())) as http:
        for answer in (await http.get("/storage/read/calls/a"), await http.post("/storage/write?path=calls/a")):
            assert (answer.status_code, answer.json()["code"]) == (503, "storage_not_configured")
            assert "STATE_GATEWAY_BUCKET" in answer.json()["error"]


async def test_a_bucket_that_is_not_there_is_no_missing_object(gcs: GcsServer) -> None:
    """A mistyped name of the bucket: a write is told that the bucket is the trouble, and so is readiness."""
    good, bad = (Storage(settings(gcs.url, name)) for name in (gcs.bucket, "mistyped"))
    await good.check()
    await good.aclose()
    async with serving(bad) as http:
        with pytest.raises(Refused, match="bucket cannot be reached"):
            await bad.check()
        assert (await write(http, "calls/a", b"1", 503))["code"] == "storage_down"


class _Signs(Bucket):
    """The emulator's bucket with an account that can sign: the URL's signature is the business of test_signing.py."""

    can_sign = True

    def sign(self, info: ObjectInfo) -> str:
        return f"https://storage.googleapis.com/{info.name}?X-Goog-Signature=abc"


def _signs(settings: StorageSettings) -> Bucket:
    bucket = connect(settings)
    bucket.__class__ = _Signs
    return bucket


async def test_a_large_read_is_sent_to_the_bucket_itself(gcs: GcsServer) -> None:
    """Beyond the limit a redirect, on request the URL as JSON, and the bytes for whoever says signed=false, for a
    small range, for HEAD and for who has this generation already."""
    async with serving(Storage(settings(gcs.url, gcs.bucket, direct_bytes=10), _signs)) as http:
        await write(http, "calls/small", b"x" * 10)
        await write(http, "calls/large", b"x" * 11)
        small, large = "/storage/read/calls/small", "/storage/read/calls/large"
        assert (await http.get(small)).content == b"x" * 10
        away = await http.get(large)
        assert (away.status_code, away.headers["cache-control"], away.content) == (307, "no-store", b"")
        assert away.headers["location"] == "https://storage.googleapis.com/calls/large?X-Goog-Signature=abc"
        told = await http.get(small, params={"signed": "true"})
        assert told.json()["url"].startswith("https://storage.googleapis.com/calls/small?")
        assert (told.json()["expires_in_s"], told.headers["cache-control"]) == (3600, "no-store")
        assert (await http.get(large, params={"signed": "false"})).content == b"x" * 11
        assert (await http.get(large, headers={"range": "bytes=1-10"})).status_code == 206
        assert (await http.head(large)).headers["content-length"] == "11"
        etag = (await http.head(large)).headers["etag"]
        assert (await http.get(large, headers={"if-none-match": etag})).status_code == 304


async def test_where_nothing_can_sign_a_large_read_is_streamed(gcs: GcsServer) -> None:
    """As at the emulator; who insists on a URL is told that there is none."""
    async with serving(Storage(settings(gcs.url, gcs.bucket, direct_bytes=10))) as http:
        await write(http, "calls/large", b"x" * 11)
        assert (await http.get("/storage/read/calls/large")).content == b"x" * 11
        told = await http.get("/storage/read/calls/large", params={"signed": "true"})
        assert (told.status_code, told.json()["code"]) == (501, "cannot_sign")
