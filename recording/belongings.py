"""Everything in the bucket that belongs to one call, and the calls of one caller."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta

from calls.ids import began_at
from calls.record import CallRecord
from recording.bucket import Bucket, Object
from recording.marks import CALLER_HASH
from recording.names import call_of
from recording.sidecar import LARGEST_BYTES

_MANIFEST_BYTES = 256 * 1024
_MIDNIGHT = timedelta(minutes=15)  # between a call's id and its start, for which its files' day is named
_LONGEST = timedelta(hours=4)  # a call (config/shape.py): who takes one over unread begins it anew, maybe the next day


async def belongings(
    bucket: Bucket, prefix: str, call_id: str, record: CallRecord | None = None, *, versions: bool = False
) -> list[Object]:
    """The call's sound, backups, redacted copies, sidecars and plot, and the manifests that egress left beside them,
    by name. With `versions` also what was replaced, where the bucket keeps that."""
    found, manifests = await _everywhere(bucket, prefix, call_id, record, versions=versions)
    places = {_folder_of(each.name) for each in found}
    manifests = [each for each in manifests if _folder_of(each.name) in places]
    if manifests:
        egresses = {part.egress_id for part in record.recording.parts} if record and record.recording else set()
        egresses |= await _egresses(bucket, found)
        found += [each for each in manifests if await _is_of(bucket, each, call_id, egresses)]
    return sorted(found, key=lambda each: (each.name, each.generation))


async def files_of(bucket: Bucket, prefix: str, call_id: str) -> list[Object]:
    """The same without the manifests: by names alone, which takes no right to read."""
    return (await _everywhere(bucket, prefix, call_id, None, versions=False))[0]


async def calls_of_hash(bucket: Bucket, prefix: str, caller_hash: str) -> list[str]:
    """The calls of one caller that have objects of theirs, by what is kept beside these. Looks at all there are."""
    return sorted({call_id async for call_id in _marked(bucket, prefix, caller_hash)})


def recordings(prefix: str) -> str:
    """What the names of all calls' files begin with, and of nothing else that lies under `prefix`: a year's first
    digit."""
    return f"{prefix}/2"


async def _marked(bucket: Bucket, prefix: str, caller_hash: str) -> AsyncIterator[str]:
    async for each in bucket.list(recordings(prefix), versions=True):
        call_id = call_of(each.name)
        if call_id is not None and each.metadata.get(CALLER_HASH) == caller_hash:
            yield call_id


async def _everywhere(
    bucket: Bucket, prefix: str, call_id: str, record: CallRecord | None, *, versions: bool
) -> tuple[list[Object], list[Object]]:
    found, manifests = await _in(bucket, _days(prefix, call_id, record), call_id, versions=versions)
    if not found:  # ordered for another day, and its record is gone; or an id that tells no time
        found, manifests = await _in(bucket, [recordings(prefix)], call_id, versions=versions)
    return found, manifests


async def _in(
    bucket: Bucket, folders: Iterable[str], call_id: str, *, versions: bool
) -> tuple[list[Object], list[Object]]:
    """The call's files, and everybody's manifests."""
    found, manifests = [], []
    for folder in folders:
        async for each in bucket.list(folder, versions=versions):
            if call_of(each.name) == call_id:
                found.append(each)
            elif _is_manifest(each.name):
                manifests.append(each)
    return found, manifests


def _days(prefix: str, call_id: str, record: CallRecord | None) -> list[str]:
    """The folders of the days that the call's record or its id tell of."""
    moments = [] if record is None else [datetime.fromtimestamp(record.started_at, UTC)]
    if (began := began_at(call_id)) is not None:
        at = datetime.fromtimestamp(began, UTC)
        moments += [at - _MIDNIGHT, at, at + _MIDNIGHT + _LONGEST]
    days = {f"{prefix}/{each:%Y/%m/%d}/" for each in moments}
    recording = record.recording if record is not None else None
    for name in (*(part.name for part in recording.parts), *recording.backups) if recording is not None else ():
        if call_of(name) == call_id and name.startswith(f"{prefix}/"):
            days.add(f"{name.rsplit('/', 2)[0]}/")
    return sorted(days)


def _is_manifest(name: str) -> bool:
    """As egress names them (facts of livekit/egress: `EG_<id>.json` in the folder of the file)."""
    file = name.rpartition("/")[2]
    return file.startswith("EG_") and file.endswith(".json")


def _folder_of(name: str) -> str:
    return name.rpartition("/")[0]


async def _egresses(bucket: Bucket, found: Iterable[Object]) -> set[str]:
    """As the sidecar has them."""
    ids: set[str] = set()
    for each in found:
        if each.name.endswith(".json"):
            try:
                told = json.loads(await bucket.read(each.name, LARGEST_BYTES))
                ids |= {str(file["egress_id"]) for file in told["audio"] if file.get("egress_id")}
            except (FileNotFoundError, ValueError, LookupError, TypeError, AttributeError):
                continue  # no sidecar of ours
    return ids


async def _is_of(bucket: Bucket, manifest: Object, call_id: str, egresses: set[str]) -> bool:
    if manifest.name.rpartition("/")[2].removesuffix(".json") in egresses:
        return True
    try:
        return call_id.encode() in await bucket.read(manifest.name, _MANIFEST_BYTES)
    except FileNotFoundError:
        return False
