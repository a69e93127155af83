"""Legal holds: on every file of a call, and a marker that `delete` heeds, with what the store knows of the call.

    <prefix>/holds/<call_id>.json

The marker is there first and goes last: a hold that was broken off is done again and is whole. It has the record and
what was said, for the store forgets these after STATE_KEEP_DAYS.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from calls import wire
from calls.events import Event
from calls.record import CallRecord
from recording.audit_log import Entry, note
from recording.belongings import belongings
from recording.bucket import Bucket, BucketRefused, Exists, Object

_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Held:
    """`since`: UTC epoch seconds. Who asked for it and why, in their own words."""

    since: float
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Result:
    """`bare`: files that the store did not hold, though it was asked."""

    files: Sequence[Object]
    bare: Sequence[str] = ()


def marker(prefix: str, call_id: str) -> str:
    return f"{prefix}/holds/{call_id}.json"


async def held(bucket: Bucket, prefix: str, call_id: str) -> Held | None:
    """Who holds the call; a marker that cannot be read holds it too."""
    try:
        text = await bucket.read(marker(prefix, call_id), _BYTES)
    except FileNotFoundError:
        return None
    try:
        told = json.loads(text)
        return Held(float(told["at"]), str(told["who"]), str(told["why"]))
    except (ValueError, LookupError, TypeError):
        return Held(0.0, "?", "?")


async def hold(bucket: Bucket, prefix: str, deed: Entry, record: CallRecord | None, events: Sequence[Event]) -> Result:
    """Again: what came since is held too."""
    name = marker(prefix, deed.call_id)
    await note(bucket, prefix, deed)
    if await bucket.stat(name) is None:
        with suppress(Exists):  # somebody else holds it, this moment
            await bucket.write(name, _content(deed, record, events), "application/json")
    files, bare = await belongings(bucket, prefix, deed.call_id, record), []
    for each in (*files, await bucket.stat(name)):
        if each is not None and not each.held:
            try:
                await bucket.mark(each.name, held=True)
            except BucketRefused as refused:
                if refused.reason != "no_holds":
                    raise
                bare.append(each.name)
            except FileNotFoundError:
                continue  # deleted this moment: nothing is left to hold
    return Result(files, bare)


async def known(bucket: Bucket, prefix: str, call_id: str) -> bool:
    """Is there anything of this call?"""
    return bool(await belongings(bucket, prefix, call_id))


async def release(bucket: Bucket, prefix: str, deed: Entry) -> int:
    """How many files were held. What has reached its end meanwhile, the lifecycle deletes within a day."""
    mark = await bucket.stat(marker(prefix, deed.call_id))
    found = [each for each in await belongings(bucket, prefix, deed.call_id) if each.held]
    if mark is None and not found:
        return 0
    await note(bucket, prefix, deed)
    for each in found:
        await bucket.mark(each.name, held=False)
    if mark is not None:
        if mark.held:
            mark = await bucket.mark(mark.name, held=False)
        await bucket.delete(mark.name, mark.generation)
    return max(1, len(found))


def _content(deed: Entry, record: CallRecord | None, events: Sequence[Event]) -> bytes:
    told: dict[str, Any] = {
        "v": 1,
        "at": deed.at,
        "who": deed.who,
        "why": deed.why,
        "call": None if record is None else wire.encode_record(record),
        "events": [wire.encode(event) for event in events],
    }
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"
