"""What lies in the bucket of one call, and what is done to it. Raises BucketDown and BucketRefused."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable

from calls.record import CallRecord
from recording import marks
from recording.bucket import Bucket, BucketRefused, Exists, Object
from recording.names import Names, call_of
from recording.ogg import HEAD_BYTES, TAIL_BYTES, Sound, examine

NO_BUCKET = "no_bucket"
_REMEMBERED = 2048  # lengths of files: a call is looked at several times
_TRIES = 3
_BACKUP = re.compile(r"\.backup(-\d{1,3})?\.ogg$")
_PART = re.compile(r"/[^/.]+\.ogg$")


def is_part(name: str) -> bool:
    return _PART.search(name) is not None


def is_backup(name: str) -> bool:
    return _BACKUP.search(name) is not None


class Shelf:
    """`bucket` None: control was given none, and each question is refused."""

    def __init__(self, bucket: Bucket | None, prefix: str) -> None:
        self._given, self._prefix = bucket, prefix
        self._sounds: OrderedDict[tuple[str, int], Sound] = OrderedDict()

    async def objects(self, record: CallRecord) -> dict[str, Object]:
        """All of the call's, by name."""
        found: dict[str, Object] = {}
        for stem in self._stems(record):
            async for each in self._bucket.list(stem):
                if call_of(each.name) == record.call_id:
                    found[each.name] = each
        return found

    async def sounds(self, objects: Iterable[Object]) -> dict[str, Sound]:
        """Of those that are parts or backups, by name."""
        audio = [each for each in objects if is_part(each.name) or is_backup(each.name)]
        return {each.name: await self._sound(each) for each in audio}

    def sidecar_of(self, record: CallRecord) -> str:
        return self._names(record).sidecar

    async def put_sidecar(self, record: CallRecord, text: bytes) -> Object:
        """Over the one that is there, if it is the one that was seen."""
        name = self._names(record).sidecar
        for _ in range(_TRIES):
            there = await self._bucket.stat(name)
            try:
                return await self._bucket.write(
                    name, text, "application/json", replace=there.generation if there else None
                )
            except Exists:  # another control, which is stopping
                continue
        raise BucketRefused("sidecar")

    async def mark(self, record: CallRecord, objects: Iterable[Object]) -> None:
        """Whose they are, and when they are to be deleted. What is gone by now needs no mark."""
        metadata, until = marks.metadata_of(record), marks.delete_at(record)
        for each in objects:
            if each.delete_at is not None and metadata.items() <= each.metadata.items():
                continue
            try:
                await self._bucket.mark(each.name, delete_at=until, metadata=metadata)
            except FileNotFoundError:
                continue

    async def delete(self, objects: Iterable[Object]) -> bool:
        """False: one is held, and stays."""
        all_gone = True
        for each in objects:
            try:
                await self._bucket.delete(each.name, each.generation)
            except BucketRefused as error:
                if error.reason != "held":
                    raise
                all_gone = False
        return all_gone

    async def ready(self) -> bool:
        return self._given is not None and await self._given.ready()

    @property
    def _bucket(self) -> Bucket:
        if self._given is None:
            raise BucketRefused(NO_BUCKET)
        return self._given

    def _names(self, record: CallRecord) -> Names:
        try:
            return Names(self._prefix, record.started_at, record.line, record.call_id)
        except ValueError as error:  # a line's name that no file may have
            raise BucketRefused("bad_name") from error

    def _stems(self, record: CallRecord) -> list[str]:
        """Where its files are: by its own start, and by the names that the record has. A worker that took the call
        over unread began it anew, maybe on the next day."""
        found = {self._names(record).stem: None}
        if record.recording is not None:
            for name in (*(part.name for part in record.recording.parts), *record.recording.backups):
                if call_of(name) == record.call_id:
                    found[f"{name.rpartition('/')[0]}/{record.call_id}"] = None
        return list(found)

    async def _sound(self, each: Object) -> Sound:
        key = (each.name, each.generation)
        if key not in self._sounds:
            try:
                head = await self._bucket.read(each.name, HEAD_BYTES)
                tail = head if each.size <= HEAD_BYTES else await self._bucket.read(each.name, TAIL_BYTES, tail=True)
            except FileNotFoundError:
                return Sound(trouble="no_object")
            self._sounds[key] = examine(head, tail, each.size)
            while len(self._sounds) > _REMEMBERED:
                self._sounds.popitem(last=False)
        return self._sounds[key]
