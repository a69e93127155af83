"""Bringing one spool to the bucket: under the name of its call, where nothing is, and checked."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from agent.spool.place import Left
from calls.record import CallRecord
from recording import marks
from recording.bucket import Bucket, BucketDown, BucketRefused, Exists, Object
from recording.ogg import examine_file

_TYPE = "audio/ogg"
_CHUNK = 1024 * 1024


class Stays(Exception):
    """It could not be brought, and has to stay. `reason`: bucket_down, no_bucket, no_permission, quota, ..."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Withdrawn(Exception):
    """Its caller had the call deleted while it was on its way: it is gone from the bucket, or goes within a day."""


async def upload(
    bucket: Bucket | None, left: Left, record: CallRecord | None, erased: Callable[[], Awaitable[bool]]
) -> int:
    """Returns its size in bytes; 0: there is no sound in it, and nothing was brought. What came before is not brought
    again. `erased` says whether the call was deleted by now. Raises Stays, Withdrawn, OSError."""
    if bucket is None:
        raise Stays("no_bucket")
    try:
        return await _upload(bucket, left, record, erased)
    except (BucketDown, FileNotFoundError) as error:
        raise Stays("bucket_down") from error
    except BucketRefused as error:
        raise Stays(error.reason) from error
    except Exists as error:
        raise Stays("another_there") from error


async def _upload(bucket: Bucket, left: Left, record: CallRecord | None, erased: Callable[[], Awaitable[bool]]) -> int:
    sound = await asyncio.to_thread(examine_file, left.path)
    if sound.trouble:
        return 0
    size, md5 = await asyncio.to_thread(_sums, left.path)
    about = left.beside
    known = marks.metadata_of(record) if record is not None else {marks.CALL_ID: about.call_id, marks.LINE: about.line}
    known |= {marks.STARTED_AT: f"{about.started_at:.3f}", "epoch": str(about.epoch), "gaps": about.gaps_text}
    # Control may look at any moment, and writes into the sidecar what it knows of the file then.
    there = await bucket.write(about.name, left.path, _TYPE, metadata=known)
    if there.size != size or (there.md5 and there.md5 != md5):
        await bucket.delete(about.name, there.generation)
        raise Stays("came_broken")
    if await erased():
        await _withdraw(bucket, there, about.started_at)
        raise Withdrawn
    await bucket.mark(about.name, delete_at=marks.delete_at(record) if record is not None else None, metadata=known)
    return size


async def _withdraw(bucket: Bucket, there: Object, at: float) -> None:
    try:
        await bucket.delete(there.name, there.generation)
    except BucketRefused:  # a worker's account needs no right to delete: its end has come, and the lifecycle takes it
        await bucket.mark(there.name, delete_at=at)


def _sums(path: Path) -> tuple[int, str]:
    md5, size = hashlib.md5(usedforsecurity=False), 0
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            md5.update(part)
            size += len(part)
    return size, base64.b64encode(md5.digest()).decode()
