"""One object on its way into the bucket, in parts, by the resumable protocol: it is there whole or not at all.

cloud.google.com/storage/docs/performing-resumable-uploads (read 2026-11). Written out because the library's own
writer (google-cloud-storage 3.17, fileio.BlobWriter) does not tell the generation it made, and completes a broken-off
upload when it is garbage-collected. Everything here blocks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from google.api_core import exceptions as api
from google.api_core.retry import Retry

from ops.crc32c import Crc32c

PART = 1024 * 1024
"""Bytes of every part but the last; the protocol wants a multiple of 256 KiB."""

_PERSISTED = re.compile(r"bytes=0-(\d+)")


Vouch = Callable[[bytes], None]
"""Given the SHA-256 of the whole object before it is completed; raises where it must not be."""


class Damaged(Exception):
    """The bucket holds other bytes than were sent; that generation has to go. `stored` is what the bucket made."""

    def __init__(self, stored: Stored) -> None:
        super().__init__("checksums differ")
        self.stored = stored


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as the bucket made it. Checksums in base64, as the bucket writes them; md5 may be missing."""

    generation: int
    bytes: int
    crc32c: str
    md5: str | None
    content_type: str


class Upload:
    """A session that was opened: `send` the parts in order, the last with `last`; or `cancel`.

    `session` adds the credentials. A part that the bucket may not have got is sent again within `retry`: the protocol
    ignores bytes that are there already, and a session that is complete answers with the object it made.
    """

    def __init__(
        self,
        session: Any,
        url: str,
        *,
        content_type: str,
        timeout: tuple[float, float],
        retry: Retry,
        vouch: Vouch | None = None,
    ) -> None:
        self._session, self._url, self._timeout, self._retry = session, url, timeout, retry
        self._content_type, self._vouch = content_type, vouch
        self._sha256, self._crc32c = hashlib.sha256(), Crc32c()
        self._sent = 0

    def send(self, part: bytes, *, last: bool) -> Stored | None:
        """The object once the last part is in, else None. Raises what `vouch` raises (nothing is stored then),
        Damaged, or one of failures.FAMILIES."""
        self._crc32c.update(part)
        if self._vouch is not None:
            self._sha256.update(part)
            if last:
                self._vouch(self._sha256.digest())
        end = self._sent + len(part)
        while True:
            response = self._retry(self._put)(part, end, last=last)
            if response.status_code != 308:
                return self._checked(_stored(response.json()))
            there = _PERSISTED.match(response.headers.get("Range", ""))
            persisted = int(there[1]) + 1 if there else 0
            if not self._sent <= persisted <= end or (last and persisted == self._sent):
                raise api.InternalServerError("the session lost its place")  # type: ignore[no-untyped-call]
            part, self._sent = part[persisted - self._sent :], persisted
            if not part:
                return None

    def cancel(self) -> None:
        """Forget what was sent. Where even this fails, the session ends by itself within a week, without an object."""
        self._session.delete(self._url, timeout=self._timeout)

    def _put(self, part: bytes, end: int, *, last: bool) -> Any:
        total = str(end) if last else "*"
        headers = {
            "Content-Type": self._content_type,
            "Content-Range": f"bytes {self._sent}-{end - 1}/{total}" if part else f"bytes */{total}",
        }
        if last:
            headers["X-Goog-Hash"] = f"crc32c={self._crc32c}"
        response = self._session.put(
            self._url, data=part, headers=headers, timeout=self._timeout, allow_redirects=False
        )
        if response.status_code not in (200, 201, 308):
            raise api.from_http_response(response)  # type: ignore[no-untyped-call]
        return response

    def _checked(self, stored: Stored) -> Stored:
        if stored.crc32c != str(self._crc32c):
            raise Damaged(stored)
        return stored


def _stored(resource: Mapping[str, Any]) -> Stored:
    return Stored(
        generation=int(resource["generation"]),
        bytes=int(resource["size"]),
        crc32c=str(resource["crc32c"]),
        md5=resource.get("md5Hash"),
        content_type=str(resource.get("contentType") or "application/octet-stream"),
    )
