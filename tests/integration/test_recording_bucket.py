"""The bucket's adapter where the wire is bad, and where what answers has a reason: over Google's JSON API as documented
and over fake-gcs-server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from recording.bucket import BucketDown, BucketRefused, Exists
from recording.gcs import GcsBucket
from tests.fakes.gcs_api import GcsApi, Kept, gcs_api, refusal
from tests.support.buckets import settings
from tests.support.gcs_server import gcs_server

NAME = "recordings/2026/11/21/front-desk/call-1.ogg"


@pytest_asyncio.fixture
async def api() -> AsyncIterator[GcsApi]:
    async with gcs_api() as server:
        yield server


@pytest_asyncio.fixture
async def bucket(api: GcsApi) -> AsyncIterator[GcsBucket]:
    made = GcsBucket(settings(api.url), retry_s=2.0)
    yield made
    await made.aclose()


async def test_an_answer_that_was_lost_is_asked_for_again(api: GcsApi, bucket: GcsBucket) -> None:
    """Each change is made once, whatever became of its answer: written, marked, deleted, each repeated by itself."""
    api.lost_replies = 1
    made = await bucket.write(NAME, b"sound", "audio/ogg")
    assert len(api.kept) == 1
    api.lost_replies = 1
    assert (await bucket.mark(NAME, metadata={"line": "a"})).metadata == {"line": "a"}
    api.lost_replies = 1
    assert await bucket.delete(NAME, made.generation) is False  # it is gone: the first attempt took it
    assert api.kept == []
    assert api.lost_replies == 0


async def test_a_large_file_whose_pieces_get_lost_arrives_whole(api: GcsApi, bucket: GcsBucket, tmp_path: Path) -> None:
    """The upload goes on from what has arrived."""
    (tmp_path / "up").write_bytes(content := bytes(range(256)) * 36_000)
    api.lost_replies = 2
    made = await bucket.write(NAME, tmp_path / "up", "audio/ogg")
    assert (made.size, api.kept[0].data) == (len(content), content)


async def test_who_comes_second_after_a_lost_answer_is_told_apart(api: GcsApi, bucket: GcsBucket) -> None:
    """Its own bytes are its own file; another's are another's."""
    api.put(NAME, b"attacker")
    with pytest.raises(Exists):
        await bucket.write(NAME, b"sound", "audio/ogg")
    assert api.kept[0].data == b"attacker"


async def test_a_list_of_many_pages(api: GcsApi, bucket: GcsBucket) -> None:
    """Page by page, none twice and none left out."""
    names = [f"a/{number:03}" for number in range(25)]
    for name in names:
        api.put(name, b"x")
    api.page = 10
    assert [each.name async for each in bucket.list("a/")] == names


async def test_a_change_that_somebody_else_was_quicker_with_is_made_again(api: GcsApi, bucket: GcsBucket) -> None:
    """Two who mark one object at once: both words stay."""
    api.put(NAME, b"sound")
    patch = api._patch

    def quicker(found: Kept, changes: dict[str, Any]) -> web.Response:
        api._patch = patch  # type: ignore[method-assign]
        patch(found, {"metadata": {"theirs": "1"}})
        return refusal(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")

    api._patch = quicker  # type: ignore[method-assign]
    assert (await bucket.mark(NAME, metadata={"ours": "2"})).metadata == {"theirs": "1", "ours": "2"}


async def test_what_was_replaced_while_it_was_marked_is_marked_as_it_is_now(api: GcsApi, bucket: GcsBucket) -> None:
    """It is there, only anew: no "absent"."""
    api.put(NAME, b"old")
    answer = api._object

    async def replaced(request: web.Request, name: str) -> web.Response:
        if request.method == "PATCH":
            api._object = answer  # type: ignore[method-assign]
            api.put(NAME, b"new")
        return await answer(request, name)

    api._object = replaced  # type: ignore[method-assign]
    assert (await bucket.mark(NAME, metadata={"line": "a"})).size == 3
    assert [(kept.data, kept.resource["metadata"]) for kept in api.kept] == [(b"new", {"line": "a"})]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((404, "notFound", "The specified bucket does not exist."), "no_bucket"),
        ((403, "forbidden", "x@y does not have storage.objects.get access (or it may not exist)."), "no_permission"),
        ((429, "rateLimitExceeded", "Quota exceeded for quota metric 'egress bandwidth'."), "quota"),
        ((403, "retentionPolicyNotMet", "Object is subject to the bucket's retention policy."), "held"),
        ((400, "invalid", "The Cloud KMS key is disabled."), "key"),
    ],
)
async def test_no_is_no_and_never_absent(
    api: GcsApi, bucket: GcsBucket, answer: tuple[int, str, str], reason: str
) -> None:
    """What somebody must change has a word of its own, whatever was asked."""
    api.refuses = answer
    for question in (bucket.stat(NAME), bucket.write(NAME, b"x", "audio/ogg"), bucket.delete(NAME, 1)):
        with pytest.raises(BucketRefused) as caught:
            await question
        assert caught.value.reason == reason
    assert not await bucket.ready()


@pytest.mark.parametrize(
    "answer", [(503, "backendError", "Try again."), (429, "rateLimitExceeded", "Too fast."), (500, "internal", "Oh.")]
)
async def test_what_passes_by_itself_is_down(api: GcsApi, bucket: GcsBucket, answer: tuple[int, str, str]) -> None:
    """Repeated for a while, then BucketDown: nobody needs to change anything."""
    api.refuses = answer
    with pytest.raises(BucketDown):
        await bucket.stat(NAME)
    assert len(api.asked) > 1


async def test_a_bucket_that_is_not_there_is_no_empty_one(tmp_path: Path) -> None:
    """Also at fake-gcs-server, whose 404 does not say what is missing."""
    async with gcs_server(tmp_path) as gcs:
        bucket = GcsBucket(settings(gcs.url, "nobodys"), retry_s=0.3)
        for question in (bucket.stat(NAME), bucket.read(NAME, 5), bucket.mark(NAME, held=True)):
            with pytest.raises(BucketRefused, match="no_bucket"):
                await question
        with pytest.raises(BucketRefused, match="no_bucket"):
            await bucket.write(NAME, b"x", "audio/ogg")
        with pytest.raises(BucketRefused, match="no_bucket"):
            assert [each async for each in bucket.list("")] == []
        await bucket.aclose()


async def test_an_emulator_that_keeps_no_holds_is_told_apart(tmp_path: Path) -> None:
    """A hold that nobody enforces must not look like one."""
    async with gcs_server(tmp_path) as gcs:
        bucket = GcsBucket(settings(gcs.url))
        await bucket.write(NAME, b"x", "audio/ogg")
        with pytest.raises(BucketRefused, match="no_holds"):
            await bucket.mark(NAME, held=True)
        await bucket.aclose()


async def test_a_closed_bucket_is_down(bucket: GcsBucket) -> None:
    """Whoever still asks at the end of the process gets an answer of the port."""
    await bucket.aclose()
    assert not await bucket.ready()
    with pytest.raises(BucketDown):
        await bucket.stat(NAME)
