"""Google Cloud Storage, and its emulator, as a recording.bucket.Bucket.

google-cloud-storage blocks: its calls run in a few threads. Each has a deadline; what can be repeated without harm is,
for `retry_s` at most: reads, and what names the generation it is about.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from google.auth.transport.requests import Request as AuthRequest
from google.cloud.storage.retry import DEFAULT_RETRY  # type: ignore[import-untyped]

from ops import logging
from ops.bucket_settings import BucketSettings
from ops.cloud_storage import Way, reach
from ops.crc32c import Crc32c
from ops.deadline import DeadlineExceeded, deadline
from ops.signed_urls import signed_url, signing
from recording.bucket import BucketDown, BucketRefused, Exists, Object
from recording.gcs_failures import FAMILIES, failure, no_such_bucket, status_of

_T = TypeVar("_T")
_log = logging.get("recording.gcs")
_THREADS = 4
_TIMEOUT = (3.0, 10.0)  # seconds to connect, and of silence
_CALL_S = 20.0  # one call with its repeats
_SLOWEST = 256 * 1024  # bytes/s: an object may take _CALL_S and this much time more
_READY_S = 3.0
_CHUNK = 1024 * 1024  # of a large object on its way up: what is sent again after a failure
_PAGE = 1000
_ATTEMPTS = 4  # of a change that another was quicker with


class GcsBucket:
    """A Bucket. Connects at its first use, so that a service whose bucket is away serves all the rest."""

    def __init__(self, settings: BucketSettings, *, signer_email: str = "", retry_s: float = 8.0) -> None:
        if not settings.bucket:
            raise ValueError("RECORDING_BUCKET is not set")
        self._settings, self._signer_email = settings, signer_email
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="recordings")
        self._retry = DEFAULT_RETRY.with_delay(initial=0.1, maximum=2.0).with_timeout(retry_s)
        self._how = {"timeout": _TIMEOUT, "retry": self._retry}
        self._lock = threading.Lock()
        self._way: Way | None = None
        self._seen = False  # it is there: what it does not know is an object, then
        self._closed = False

    def __repr__(self) -> str:
        return f"<GcsBucket {self._settings.bucket}>"

    async def stat(self, name: str) -> Object | None:
        return await self._call(self._stat, name)

    async def list(self, prefix: str, *, versions: bool = False) -> AsyncIterator[Object]:
        def pages() -> Any:
            found = self._client.list_blobs(
                self._settings.bucket, prefix=prefix, versions=versions, page_size=_PAGE, **self._how
            )
            return iter(found.pages)

        turning = await self._call(pages)
        while (page := await self._call(lambda: _page(turning))) is not None:
            self._seen = True
            for each in page:
                yield each

    async def read(self, name: str, limit: int, *, tail: bool = False) -> bytes:
        def read() -> bytes:
            known = self._known(name)
            first = max(0, known.size - limit) if tail else 0
            last = min(known.size, first + limit) - 1
            if last < first:
                return b""
            with self._of_object():
                data: bytes = self._blob(name, known.generation).download_as_bytes(
                    start=first, end=last, raw_download=True, checksum=None, **self._how
                )
            return data

        return await self._call(read, seconds=_CALL_S + limit / _SLOWEST)

    async def download(self, name: str, to: Path) -> Object:
        known = await self._call(self._known, name)

        def download() -> Object:
            part = to.with_name(f"{to.name}.part")
            try:
                with self._of_object():
                    self._blob(name, known.generation).download_to_filename(
                        str(part), raw_download=True, checksum="crc32c", **self._how
                    )
                part.replace(to)
            finally:
                part.unlink(missing_ok=True)
            return known

        return await self._call(download, seconds=_CALL_S + known.size / _SLOWEST)

    async def write(
        self,
        name: str,
        data: bytes | Path,
        content_type: str,
        *,
        replace: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Object:
        size, crc32c = await asyncio.to_thread(_sums, data)

        def write() -> Object:
            blob = self._blob(name)
            blob.chunk_size = _CHUNK
            if metadata:
                blob.metadata = dict(metadata)
            how = {**self._how, "if_generation_match": replace or 0, "content_type": content_type, "checksum": "crc32c"}
            try:
                if isinstance(data, Path):
                    blob.upload_from_filename(str(data), **how)
                else:
                    blob.upload_from_string(data, **how)
            except FAMILIES as error:
                if status_of(error) != 412:
                    raise
                there = self._stat(name)
                if there is None or (there.size, there.crc32c) != (size, crc32c):
                    raise Exists(name) from None
                return there
            return _object(blob)

        return await self._call(write, seconds=_CALL_S + size / _SLOWEST)

    async def mark(
        self,
        name: str,
        *,
        delete_at: float | None = None,
        held: bool | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Object:
        def change() -> Object | None:
            """None: somebody else changed it meanwhile."""
            blob = self._found(name)
            at = None if delete_at is None else datetime.fromtimestamp(delete_at, UTC)
            known = _object(blob)
            if at is not None and (blob.custom_time is None or blob.custom_time < at):
                blob.custom_time = at
            if held is not None and held != bool(blob.temporary_hold):
                blob.temporary_hold = held
            if metadata and not metadata.items() <= known.metadata.items():
                blob.metadata = {**known.metadata, **metadata}
            if _object(blob) == known:
                return known
            try:
                with self._of_object():
                    blob.patch(if_metageneration_match=blob.metageneration, **self._how)
            except FileNotFoundError:  # this generation: it was replaced, or is gone
                return None
            except FAMILIES as error:
                if status_of(error) == 412:
                    return None
                raise
            return _object(blob)

        for _ in range(_ATTEMPTS):
            marked = await self._call(change)
            if marked is not None:
                if held and not marked.held:
                    raise BucketRefused("no_holds")
                return marked
        raise BucketDown("others keep changing the object")

    async def delete(self, name: str, generation: int) -> bool:
        def delete() -> bool:
            try:
                with self._of_object():
                    # The generation as the address: where versions are kept, this is what leaves none of it.
                    self._blob(name, generation).delete(**self._how)
            except FileNotFoundError:
                return False
            return True

        return await self._call(delete)

    async def signed_url(self, name: str, lifetime_s: float) -> str:
        def sign() -> str:
            way = self._connected()
            if way.endpoint:  # an emulator gives everything to everybody
                place = f"/download/storage/v1/b/{self._settings.bucket}/o/{quote(name)}?alt=media"
                return way.endpoint + place
            signer = signing(way.credentials, self._signer_email, AuthRequest())
            if signer is None:
                raise BucketRefused("no_signer")
            return signed_url(self._blob(name), None, signer, int(lifetime_s))

        return await self._call(sign)

    async def ready(self) -> bool:
        try:
            await self._call(self._look, seconds=_READY_S)
        except (BucketDown, BucketRefused):
            return False
        return True

    async def aclose(self) -> None:
        """What runs ends by itself within its time-outs."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._way is not None:
            self._way.client.close()

    async def _call(self, function: Callable[..., _T], *args: Any, seconds: float = _CALL_S) -> _T:
        """In a thread. A call that nobody waits for any more may still happen: BucketDown says no more than that."""
        if self._closed:
            raise BucketDown("closed")
        try:
            async with deadline(seconds, "bucket"):
                return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)
        except DeadlineExceeded:
            raise BucketDown("no answer in time") from None
        except FAMILIES as error:
            told = failure(error)
            _log.info("bucket failed", error_type=type(error).__name__, reason=str(told), status=status_of(error))
            raise told from error

    def _stat(self, name: str) -> Object | None:
        with suppress(FileNotFoundError):
            return _object(self._found(name))
        return None

    def _known(self, name: str) -> Object:
        return _object(self._found(name))

    def _found(self, name: str) -> Any:
        """The library's object, as it is now. Raises FileNotFoundError."""
        blob = self._blob(name)
        with self._of_object():
            blob.reload(**self._how)
        self._seen = True
        return blob

    def _look(self) -> None:
        """Returns where the bucket is there and answers. Needs storage.objects.list, which whoever reads must have."""
        for _ in self._client.list_blobs(self._settings.bucket, max_results=1, timeout=_TIMEOUT, retry=None):
            break
        self._seen = True

    @contextmanager
    def _of_object(self) -> Iterator[None]:
        """Around what asks for one object: a 404 is FileNotFoundError, once it is known that the bucket is there."""
        try:
            yield
        except FAMILIES as error:
            if status_of(error) != 404 or no_such_bucket(error):
                raise
            if not self._seen:
                self._look()
            raise FileNotFoundError("no such object") from None

    def _blob(self, name: str, generation: int | None = None) -> Any:
        return self._client.bucket(self._settings.bucket).blob(name, generation=generation)

    @property
    def _client(self) -> Any:
        return self._connected().client

    def _connected(self) -> Way:
        with self._lock:
            if self._way is None:
                self._way = reach(self._settings.emulator, at_once=_THREADS, read_s=_TIMEOUT[1])
            return self._way


def _page(turning: Any) -> list[Object] | None:
    page = next(turning, None)
    return None if page is None else [_object(blob) for blob in page]


def _object(blob: Any) -> Object:
    return Object(
        name=blob.name,
        size=int(blob.size or 0),
        generation=int(blob.generation or 0),
        md5=blob.md5_hash or "",
        crc32c=blob.crc32c or "",
        content_type=blob.content_type or "",
        created_at=blob.time_created.timestamp() if blob.time_created else 0.0,
        delete_at=blob.custom_time.timestamp() if blob.custom_time else None,
        held=bool(blob.temporary_hold or blob.event_based_hold),
        metadata=dict(blob.metadata or {}),
    )


def _sums(data: bytes | Path) -> tuple[int, str]:
    """Its size and its checksum."""
    crc32c, size = Crc32c(), 0
    if isinstance(data, bytes):
        crc32c.update(data)
        return len(data), str(crc32c)
    with data.open("rb") as content:
        while part := content.read(_CHUNK):
            crc32c.update(part)
            size += len(part)
    return size, str(crc32c)
