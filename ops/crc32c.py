"""CRC32C as the bucket writes it: of the stored bytes, in base64."""

from __future__ import annotations

import base64
from typing import Any

import google_crc32c


class Crc32c:
    """Grows with each `update`."""

    def __init__(self) -> None:
        self._sum: Any = google_crc32c.Checksum()  # type: ignore[no-untyped-call]

    def update(self, data: bytes) -> None:
        self._sum.update(data)

    def __str__(self) -> str:
        return base64.b64encode(self._sum.digest()).decode()
