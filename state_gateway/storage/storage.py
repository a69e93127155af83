"""Objects for the event loop: found, read in parts, written in parts, signed. Nothing holds more than two parts."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass

from ops import logging
from ops.crc32c import Crc32c
from ops.deadline import deadline
from ops.tasks import TaskSet
from state_gateway.errors import Refused
from state_gateway.storage import failures
from state_gateway.storage.bucket import Bucket, ObjectInfo, connect
from state_gateway.storage.conditions import Condition
from state_gateway.storage.ranges import Span
from state_gateway.storage.settings import StorageSettings
from state_gateway.storage.upload import PART, Damaged, Stored, Upload, Vouch
from state_gateway.storage.workers import Workers

_log = logging.get("state_gateway.storage")


@dataclass(frozen=True, slots=True)
class Incoming:
    """An object to be written. `vouch` is asked, where there is one, before it counts."""

    name: str
    content_type: str
    condition: Condition
    vouch: Vouch | None = None


class Storage:
    """Every method raises Refused: 503 storage_not_configured, storage_down or busy, 504 storage_timeout.

    Connects at the first use, so that a gateway without a bucket, or with one that is down, serves the rest.
    """

    def __init__(self, settings: StorageSettings, open_bucket: Callable[[StorageSettings], Bucket] = connect) -> None:
        self.settings = settings
        self._open, self._lock = open_bucket, threading.Lock()
        self._bucket: Bucket | None = None
        call_s = settings.storage_connect_s + settings.storage_read_s + settings.storage_retry_s
        self._workers = Workers(settings.storage_threads, settings.storage_wait_s, call_s)
        self._tasks = TaskSet("storage")
        self._closed = False

    def __repr__(self) -> str:
        return f"<Storage {'ready' if self.configured else 'no bucket'} {self._workers!r}>"

    @property
    def configured(self) -> bool:
        return bool(self.settings.bucket)

    async def check(self) -> None:
        """Returns when the bucket is there and answers; for readiness."""
        with _bucket_is_meant():
            await self._workers.call(lambda: self._connected().check())

    async def find(self, name: str) -> ObjectInfo:
        """The newest generation. Refused 404: there is none."""
        found = await self._workers.call(lambda: self._connected().find(name))
        if found is None:
            raise failures.not_found()
        return found

    async def read(self, info: ObjectInfo, span: Span) -> AsyncGenerator[bytes, None]:
        """The bytes of `span`, in parts, each asked for when the one before was taken. An object that is read whole is
        compared with its checksum before the last part is given: Refused 503 where they differ."""
        whole = span.bytes == info.size and info.crc32c is not None
        checksum = Crc32c()
        for first in range(span.first, span.last + 1, PART):
            last = min(first + PART - 1, span.last)
            part = await self._workers.call(self._read, info, first, last)
            if len(part) != last - first + 1:
                raise failures.down()
            if whole:
                checksum.update(part)
                if last == span.last and str(checksum) != info.crc32c:
                    raise failures.down()
            yield part

    async def sign(self, info: ObjectInfo) -> str | None:
        """A URL that reads this generation for `signed_s`; None where nothing here can sign."""
        return await self._workers.call(self._sign, info)

    async def write(self, incoming: Incoming, body: AsyncIterator[bytes]) -> Stored:
        """Store the body. Refused: 412, 413, 408, and what `vouch` raises; no object is made then, nor where the client
        or the bucket breaks off."""
        upload: Upload | None = None
        stored: Stored | None = None
        try:
            async with aclosing(self._parts(body)) as parts:
                async for part, last in parts:
                    with _bucket_is_meant():
                        if upload is None:
                            upload = await self._workers.call(self._begin, incoming)
                        stored = await self._workers.call(upload.send, part, last=last)
        except Damaged as error:
            _log.error("object arrived damaged", bytes=error.stored.bytes)
            await self._workers.call(self._remove, incoming.name, error.stored)
            raise failures.damaged() from None
        except BaseException:  # a client that went away too: GeneratorExit, CancelledError
            self._cancel(upload)
            raise
        if stored is None:
            raise failures.down()
        return stored

    async def aclose(self) -> None:
        """Cancels what is being broken off; threads end within their time-outs."""
        self._closed = True
        await self._tasks.aclose()
        self._workers.close()
        if self._bucket is not None:
            self._bucket.close()

    async def _parts(self, body: AsyncIterator[bytes]) -> AsyncGenerator[tuple[bytes, bool], None]:
        """The body in parts of PART bytes; the last one is told, and has at least one byte but in an empty object."""
        held, size, ended = bytearray(), 0, False
        while not ended:
            try:
                async with deadline(self.settings.upload_part_s, "client"):
                    while len(held) <= PART and not ended:
                        piece = await anext(body, None)
                        ended = piece is None
                        held += piece or b""
                        size += len(piece or b"")
                        if size > self.settings.object_bytes:
                            raise too_large(self.settings.object_bytes)
            except TimeoutError:
                raise Refused(408, "request_timeout", "the object did not arrive in time") from None
            while len(held) > PART:
                yield bytes(held[:PART]), False
                del held[:PART]
        yield bytes(held), True

    def _read(self, info: ObjectInfo, first: int, last: int) -> bytes:
        return self._connected().read(info, first, last)

    def _sign(self, info: ObjectInfo) -> str | None:
        bucket = self._connected()
        return bucket.sign(info) if bucket.can_sign else None

    def _remove(self, name: str, stored: Stored) -> None:
        self._connected().remove(name, stored)

    def _begin(self, incoming: Incoming) -> Upload:
        return self._connected().begin(incoming.name, incoming.content_type, incoming.condition, incoming.vouch)

    def _cancel(self, upload: Upload | None) -> None:
        """Tell the bucket, behind the client's back: nobody waits for it, and nothing depends on it."""
        if upload is None or self._closed:
            return

        async def cancel() -> None:
            try:
                await self._workers.call(upload.cancel)
            except Refused as error:
                _log.info("upload not cancelled", code=error.code)

        self._tasks.spawn(cancel(), name="cancel")

    def _connected(self) -> Bucket:
        if not self.configured:
            raise failures.not_configured()
        with self._lock:
            if self._bucket is None:
                self._bucket = self._open(self.settings)
            return self._bucket


@contextmanager
def _bucket_is_meant() -> Iterator[None]:
    """Where no object is asked for, "not found" means the bucket, or an upload that it forgot."""
    try:
        yield
    except Refused as refused:
        if refused.code == "not_found":
            raise failures.down() from None
        raise


def too_large(limit: int) -> Refused:
    return Refused(413, "too_large", f"an object may have {limit} bytes at most")
