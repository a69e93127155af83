"""Addresses at which a call can be heard: given out once it is written down to whom, and why."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from recording.audit_log import Entry, note
from recording.belongings import files_of
from recording.bucket import Bucket
from recording.names import backup_epoch

LIFETIME_S = 3600.0


class Sound(Enum):
    WHOLE = "whole"
    REDACTED = "redacted"


async def sounds(bucket: Bucket, prefix: str, call_id: str, kind: Sound) -> list[str]:
    """The names of the call's files to listen to, in the order of the talk: of what egress wrote, then of the workers'
    own tracks. Control throws these away once the former is proven: where they are, it lacks something."""
    found = await files_of(bucket, prefix, call_id)
    names = [each.name for each in found if each.name.endswith(".ogg")]
    if kind is Sound.REDACTED:
        return [name for name in names if name.endswith(".redacted.ogg")]
    whole = [name for name in names if not name.endswith(".redacted.ogg")]
    return sorted(whole, key=lambda name: (backup_epoch(name), len(name), name))  # x.ogg, x-2.ogg, x-10.ogg


def measurable(names: Sequence[str]) -> list[str]:
    """Of those of `sounds` the ones that together are the whole talk, once."""
    return [name for name in names if backup_epoch(name)] or list(names)


async def addresses(bucket: Bucket, prefix: str, entry: Entry) -> dict[str, str]:
    """By name. Written down first: BucketDown or BucketRefused means that nobody was given anything."""
    await note(bucket, prefix, entry)
    return {name: await bucket.signed_url(name, LIFETIME_S) for name in entry.files}
