"""Bringing one spool to the bucket: under the name of its call, where nothing is, and checked."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from pathlib import Path

from agent.spool.place import Left
from calls.record import CallRecord
from recording import marks
from recording.bucket import Bucket, BucketDown, BucketRefused, Exists
from recording.ogg import HEAD_BYTES, TAIL_BYTES, Sound, examine

_TYPE = "audio/ogg"
_CHUNK = 1024 * 1024


class Stays(Exception):
    """It could not be brought, and has to stay. `reason`: bucket_down, no_bucket, no_permission, quota, ..."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def upload(bucket: Bucket | None, left: Left, record: CallRecord | None) -> int:
    """Returns its size in bytes; 0: there is no sound in it, and nothing was brought. What came before is not brought
    again. Raises Stays, OSError."""
    if bucket is None:
        raise Stays("no_bucket")
    try:
        return await _upload(bucket, left, record)
    except (BucketDown, FileNotFoundError) as error:
        raise Stays("bucket_down") from error
    except BucketRefused as error:
        raise Stays(error.reason) from error
    except Exists as error:
        raise Stays("another_there") from error


async def _upload(bucket: Bucket, left: Left, record: CallRecord | None) -> int:
    sound = await asyncio.to_thread(_sound, left.path)
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
    await bucket.mark(about.name, delete_at=marks.delete_at(record) if record is not None else None, metadata=known)
    return size


def _sound(path: Path) -> Sound:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL_BYTES))
        return examine(head, file.read(), size)


def _sums(path: Path) -> tuple[int, str]:
    md5, size = hashlib.md5(usedforsecurity=False), 0
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            md5.update(part)
            size += len(part)
    return size, base64.b64encode(md5.digest()).decode()
