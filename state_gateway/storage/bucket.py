"""The one bucket, through google-cloud-storage. Everything here blocks and runs in threads (workers.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from google.api_core.retry import Retry
from google.auth.transport.requests import Request as AuthRequest
from google.cloud.storage.retry import DEFAULT_RETRY  # type: ignore[import-untyped]

from ops.cloud_storage import reach
from ops.signed_urls import signed_url, signing
from state_gateway.storage.conditions import Condition
from state_gateway.storage.settings import StorageSettings
from state_gateway.storage.upload import Stored, Upload, Vouch


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One generation of an object. `crc32c`: base64 of the stored bytes' checksum."""

    name: str
    generation: int
    size: int
    content_type: str
    content_encoding: str | None
    crc32c: str | None


class Bucket:
    """Every call has time-outs, and is repeated for at most `storage_retry_s` where that can do no harm: reads, which
    name a generation, and parts of an upload, which name their place."""

    def __init__(self, client: Any, session: Any, signer: Any | None, settings: StorageSettings) -> None:
        self._client, self._session, self._signer = client, session, signer
        self._bucket = client.bucket(settings.bucket)
        self._timeout = (settings.storage_connect_s, settings.storage_read_s)
        self._retry: Retry = DEFAULT_RETRY.with_delay(initial=0.1, maximum=2.0).with_timeout(settings.storage_retry_s)
        self._signed_s = settings.signed_s

    @property
    def can_sign(self) -> bool:
        return self._signer is not None

    def check(self) -> None:
        """Returns when the bucket exists and answers. Needs storage.objects.list, which a reader has."""
        for _ in self._client.list_blobs(self._bucket, max_results=1, timeout=self._timeout, retry=None):
            break

    def find(self, name: str) -> ObjectInfo | None:
        """The newest generation; None: there is no such object."""
        blob = self._bucket.get_blob(name, timeout=self._timeout, retry=self._retry)
        if blob is None:
            return None
        return ObjectInfo(
            name=name,
            generation=int(blob.generation),
            size=int(blob.size),
            content_type=blob.content_type or "application/octet-stream",
            content_encoding=blob.content_encoding or None,
            crc32c=blob.crc32c,
        )

    def read(self, info: ObjectInfo, first: int, last: int) -> bytes:
        """Bytes `first` to `last` of that very generation, as they are stored (nothing is unpacked)."""
        part: bytes = self._bucket.blob(info.name, generation=info.generation).download_as_bytes(
            start=first, end=last, raw_download=True, checksum=None, timeout=self._timeout, retry=self._retry
        )
        return part

    def begin(self, name: str, content_type: str, condition: Condition, vouch: Vouch | None) -> Upload:
        """Open an upload. Opening one twice does no harm."""
        url = self._bucket.blob(name).create_resumable_upload_session(
            content_type=content_type,
            if_generation_match=condition.match,
            if_generation_not_match=condition.unless,
            timeout=self._timeout,
            checksum=None,
            retry=self._retry,
        )
        timeout, retry = self._timeout, self._retry
        return Upload(self._session, url, content_type=content_type, timeout=timeout, retry=retry, vouch=vouch)

    def remove(self, name: str, stored: Stored) -> None:
        """Delete this generation, and no other."""
        self._bucket.blob(name).delete(if_generation_match=stored.generation, timeout=self._timeout, retry=self._retry)

    def sign(self, info: ObjectInfo) -> str:
        """A signed URL of this generation. Only where `can_sign`."""
        return signed_url(self._bucket.blob(info.name), info.generation, self._signer, self._signed_s)

    def close(self) -> None:
        self._client.close()


def connect(settings: StorageSettings) -> Bucket:
    """The bucket of the settings: the emulator's, or Google's by the credentials of the environment. Asks nobody about
    the bucket itself. Raises one of failures.FAMILIES."""
    way = reach(settings.emulator, at_once=settings.storage_threads, read_s=settings.storage_read_s)
    signer = signing(way.credentials, settings.signer_email, AuthRequest())
    return Bucket(way.client, way.session, signer, settings)
