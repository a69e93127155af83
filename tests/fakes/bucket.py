"""A Bucket in memory, with a script: down, refusing, or doing what it is asked and not saying so."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from ops.clock import Clock, SystemClock
from ops.crc32c import Crc32c
from recording.bucket import BucketDown, BucketRefused, Exists, Object


@dataclass
class Kept:
    about: Object
    data: bytes


class FakeBucket:
    """`kept` is what lies in it, by name. `down` and `refuses` hold until they are taken back."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._generation = 1_790_000_000_000_000
        self.kept: dict[str, Kept] = {}
        self.down = False
        self.refuses: str | None = None  # a reason of BucketRefused
        self.down_after: int | None = None  # so many changes from now it goes down, before it answers
        self.lost_replies = 0  # so many changes are made, and answered with BucketDown
        self.asked: list[str] = []  # the methods called, in order
        self.signed: list[tuple[str, float]] = []
        self.closed = False

    def put(self, name: str, data: bytes, content_type: str = "audio/ogg", **about: object) -> Object:
        """As somebody else does: egress, another service."""
        self._generation += 1
        crc32c = Crc32c()
        crc32c.update(data)
        made = Object(
            name=name,
            size=len(data),
            generation=self._generation,
            md5=base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode(),
            crc32c=str(crc32c),
            content_type=content_type,
            created_at=self._clock.now(),
        )
        self.kept[name] = Kept(replace(made, **about), data)  # type: ignore[arg-type]
        return self.kept[name].about

    @property
    def names(self) -> list[str]:
        return sorted(self.kept)

    async def stat(self, name: str) -> Object | None:
        self._ask("stat")
        return self.kept[name].about if name in self.kept else None

    async def list(self, prefix: str, *, versions: bool = False) -> AsyncIterator[Object]:
        self._ask("list")
        for name in [name for name in self.names if name.startswith(prefix)]:
            if name in self.kept:
                yield self.kept[name].about

    async def read(self, name: str, limit: int, *, tail: bool = False) -> bytes:
        self._ask("read")
        data = self._found(name).data
        return data[max(0, len(data) - limit) :] if tail else data[:limit]

    async def download(self, name: str, to: Path) -> Object:
        self._ask("download")
        found = self._found(name)
        await asyncio.to_thread(to.write_bytes, found.data)
        return found.about

    async def write(
        self,
        name: str,
        data: bytes | Path,
        content_type: str,
        *,
        replace: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Object:
        self._ask("write")
        content = data if isinstance(data, bytes) else await asyncio.to_thread(data.read_bytes)
        there = self.kept.get(name)
        if (there.about.generation if there else 0) != (replace or 0):
            if there is None or there.data != content:
                raise Exists(name)
            return there.about
        if there is not None and there.about.held:
            raise BucketRefused("held")
        made = self.put(name, content, content_type, metadata=dict(metadata or {}))
        self._answer()
        return made

    async def mark(
        self,
        name: str,
        *,
        delete_at: float | None = None,
        held: bool | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Object:
        self._ask("mark")
        found = self._found(name)
        about = found.about
        if delete_at is not None and (about.delete_at is None or about.delete_at < delete_at):
            about = replace(about, delete_at=delete_at)
        about = replace(about, held=about.held if held is None else held)
        found.about = replace(about, metadata={**about.metadata, **(metadata or {})})
        self._answer()
        return found.about

    async def delete(self, name: str, generation: int) -> bool:
        self._ask("delete")
        found = self.kept.get(name)
        if found is None or found.about.generation != generation:
            return False
        if found.about.held:
            raise BucketRefused("held")
        del self.kept[name]
        self._answer()
        return True

    async def signed_url(self, name: str, lifetime_s: float) -> str:
        self._ask("signed_url")
        self.signed.append((name, lifetime_s))
        return f"https://storage.example.com/bucket/{quote(name)}?X-Goog-Signature=0"

    async def ready(self) -> bool:
        return not self.down and self.refuses is None

    async def aclose(self) -> None:
        self.closed = True

    def _ask(self, method: str) -> None:
        self.asked.append(method)
        if self.down:
            raise BucketDown("scripted")
        if self.refuses is not None:
            raise BucketRefused(self.refuses)

    def _answer(self) -> None:
        if self.down_after is not None:
            self.down_after -= 1
            if self.down_after == 0:
                self.down, self.down_after = True, None
                raise BucketDown("scripted: broken off")
        if self.lost_replies:
            self.lost_replies -= 1
            raise BucketDown("scripted: the answer was lost")

    def _found(self, name: str) -> Kept:
        if name not in self.kept:
            raise FileNotFoundError("no such object")
        return self.kept[name]
