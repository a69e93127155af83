"""The promises of recording.bucket.Bucket, held against every implementation, outages included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from recording.bucket import Bucket, BucketDown, BucketRefused, Exists
from tests.support.buckets import ALL, Bench

NAME = "recordings/2026/11/21/front-desk/call-1.ogg"


@pytest_asyncio.fixture(params=ALL.values(), ids=ALL)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    async with request.param(tmp_path) as made:
        yield made


@pytest_asyncio.fixture(params=[make for name, make in ALL.items() if name != "emulator"], ids=["fake", "api"])
async def strict(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Those that keep generations and holds: fake-gcs-server gives a changed object a new generation, and has none."""
    async with request.param(tmp_path) as made:
        yield made


@pytest.fixture
def bucket(bench: Bench) -> Bucket:
    return bench.bucket


async def names(bucket: Bucket, prefix: str) -> list[str]:
    return [each.name async for each in bucket.list(prefix)]


async def test_what_was_written_is_there(bucket: Bucket) -> None:
    """It comes back as it was given, and is told by its size, its checksums and its generation."""
    made = await bucket.write(NAME, b"sound", "audio/ogg")
    assert (made.name, made.size, made.crc32c, made.content_type) == (NAME, 5, "glpreQ==", "audio/ogg")
    found = await bucket.stat(NAME)
    assert found == made
    assert (made.md5, made.held, made.delete_at, dict(made.metadata)) == ("C4Jj00HeAfdB5N6t+xj56w==", False, None, {})
    assert made.generation > 0 and made.created_at > 0
    assert await bucket.read(NAME, 100) == b"sound"


async def test_absent_is_said_and_is_no_error_to_look_for(bucket: Bucket, tmp_path: Path) -> None:
    """None, an empty list, False: but to read or change what is not there is an error of its own."""
    assert await bucket.stat(NAME) is None
    assert await names(bucket, "recordings/") == []
    assert await bucket.delete(NAME, 17) is False
    with pytest.raises(FileNotFoundError):
        await bucket.read(NAME, 10)
    with pytest.raises(FileNotFoundError):
        await bucket.mark(NAME, metadata={"line": "a"})
    with pytest.raises(FileNotFoundError):
        await bucket.download(NAME, tmp_path / "x")
    assert await asyncio.to_thread(lambda: [path for path in tmp_path.iterdir() if path.name.startswith("x")]) == []


async def test_nothing_is_overwritten(bucket: Bucket) -> None:
    """Another's file of the same name stays, whoever comes second; the same content is the same file."""
    made = await bucket.write(NAME, b"sound", "audio/ogg")
    assert (await bucket.write(NAME, b"sound", "audio/ogg")).generation == made.generation
    with pytest.raises(Exists):
        await bucket.write(NAME, b"other", "audio/ogg")
    assert await bucket.read(NAME, 100) == b"sound"


async def test_what_is_known_may_be_replaced(bucket: Bucket) -> None:
    """By its generation: of two who read the same one, the second to write is told."""
    first = await bucket.write(NAME, b"one", "application/json")
    second = await bucket.write(NAME, b"two", "application/json", replace=first.generation)
    assert second.generation != first.generation
    with pytest.raises(Exists):
        await bucket.write(NAME, b"three", "application/json", replace=first.generation)
    assert await bucket.read(NAME, 100) == b"two"


async def test_a_large_file_goes_up_and_comes_down_whole(bucket: Bucket, tmp_path: Path) -> None:
    """Four hours of talk are more than one request takes."""
    (tmp_path / "up").write_bytes(content := bytes(range(256)) * 36_000)  # 9.2 MB: above the library's single request
    made = await bucket.write(NAME, tmp_path / "up", "audio/ogg")
    assert made.size == len(content)
    assert (await bucket.download(NAME, tmp_path / "down")).generation == made.generation
    assert (tmp_path / "down").read_bytes() == content
    assert await bucket.read(NAME, 1000) == content[:1000]
    assert await bucket.read(NAME, 1000, tail=True) == content[-1000:]


async def test_an_empty_file(bucket: Bucket, tmp_path: Path) -> None:
    """What egress leaves of a call without a sound is a file like another."""
    assert (await bucket.write(NAME, b"", "audio/ogg")).size == 0
    assert (await bucket.read(NAME, 10), await bucket.read(NAME, 10, tail=True)) == (b"", b"")
    await bucket.download(NAME, tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == b""


async def test_a_list_is_of_a_prefix_and_in_order(bench: Bench) -> None:
    """A call's files lie side by side, and its neighbours' are no part of them."""
    for name in ("a/call-2.ogg", "a/call-1.json", "a/call-1.ogg", "b/call-1.ogg"):
        await bench.put(name, b"x")
    assert await names(bench.bucket, "a/call-1") == ["a/call-1.json", "a/call-1.ogg"]
    assert await names(bench.bucket, "a/") == ["a/call-1.json", "a/call-1.ogg", "a/call-2.ogg"]
    assert [each.name async for each in bench.bucket.list("b/", versions=True)] == ["b/call-1.ogg"]


async def test_what_is_kept_beside_the_content(bucket: Bucket) -> None:
    """A time to be deleted and words about it; each leaves the other as it is, and the content too."""
    await bucket.write(NAME, b"sound", "audio/ogg")
    await bucket.mark(NAME, metadata={"line": "a", "call-id": "1"})
    await bucket.mark(NAME, delete_at=1_800_000_000.5)
    await bucket.mark(NAME, metadata={"line": "b"})
    found = await bucket.stat(NAME)
    assert found is not None
    assert (found.delete_at, dict(found.metadata)) == (1_800_000_000.5, {"line": "b", "call-id": "1"})
    assert await bucket.read(NAME, 100) == b"sound"


async def test_what_is_known_of_the_content_comes_with_it(bucket: Bucket) -> None:
    """A backup was seen between its upload and its mark, and its sidecar said for good that nobody knew its start."""
    await bucket.write(NAME, b"sound", "audio/ogg", metadata={"started-at": "1790000000.500"})
    found = await bucket.stat(NAME)
    assert found is not None
    assert dict(found.metadata) == {"started-at": "1790000000.500"}


async def test_the_end_can_only_be_put_off(bucket: Bucket) -> None:
    """Google lets nobody shorten a life: an earlier end is no error and changes nothing."""
    await bucket.write(NAME, b"sound", "audio/ogg")
    await bucket.mark(NAME, delete_at=1_800_000_000.0)
    assert (await bucket.mark(NAME, delete_at=1_700_000_000.0)).delete_at == 1_800_000_000.0
    assert (await bucket.mark(NAME, delete_at=1_900_000_000.0)).delete_at == 1_900_000_000.0


async def test_what_is_deleted_is_gone(bucket: Bucket) -> None:
    """Once; the second time there is nothing to delete."""
    made = await bucket.write(NAME, b"sound", "audio/ogg")
    assert await bucket.delete(NAME, made.generation) is True
    assert await bucket.delete(NAME, made.generation) is False
    assert await bucket.stat(NAME) is None


async def test_only_the_content_that_was_meant_is_deleted(strict: Bench) -> None:
    """A file that was written anew since somebody looked is not the one that they wanted gone."""
    old = await strict.bucket.write(NAME, b"one", "audio/ogg")
    new = await strict.bucket.write(NAME, b"two", "audio/ogg", replace=old.generation)
    assert await strict.bucket.delete(NAME, old.generation) is False
    assert await strict.bucket.stat(NAME) == new


async def test_what_is_held_stays(strict: Bench) -> None:
    """A legal hold stops whoever wants to delete or replace it, until it is released."""
    made = await strict.bucket.write(NAME, b"sound", "audio/ogg")
    assert (await strict.bucket.mark(NAME, held=True)).held
    with pytest.raises(BucketRefused) as caught:
        await strict.bucket.delete(NAME, made.generation)
    assert caught.value.reason == "held"
    with pytest.raises(BucketRefused, match="held"):
        await strict.bucket.write(NAME, b"other", "audio/ogg", replace=made.generation)
    assert (await strict.bucket.mark(NAME, metadata={"line": "a"})).held
    assert not (await strict.bucket.mark(NAME, held=False)).held
    assert await strict.bucket.delete(NAME, made.generation) is True


async def test_an_address_to_listen_at_names_the_object(bucket: Bucket) -> None:
    """Whatever signs it, or nothing (an emulator)."""
    await bucket.write(NAME, b"sound", "audio/ogg")
    address = await bucket.signed_url(NAME, 3600.0)
    assert address.startswith("http")
    assert NAME in address


async def test_down_is_never_absent(bench: Bench, tmp_path: Path) -> None:
    """A bucket that cannot be asked says so to every question, and never that something does not exist."""
    made = await bench.bucket.write(NAME, b"sound", "audio/ogg")
    assert await bench.bucket.ready()
    await bench.break_it()
    assert not await bench.bucket.ready()
    for question in (
        bench.bucket.stat("unseen"),
        bench.bucket.read(NAME, 10),
        bench.bucket.download(NAME, tmp_path / "x"),
        bench.bucket.write("new", b"", "audio/ogg"),
        bench.bucket.mark(NAME, held=True),
        bench.bucket.delete(NAME, made.generation),
        names(bench.bucket, "recordings/"),
    ):
        with pytest.raises(BucketDown):
            await question
