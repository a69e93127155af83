"""The bucket's side of a resumable upload, as Google documents it, for one object; it fails as its script says.

cloud.google.com/storage/docs/performing-resumable-uploads (read 2026-11): 308 with Range says what is persisted, bytes
that are there already are ignored, and a session that is complete answers with the object again.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import google_crc32c
import requests

Step = Literal["ok", "503", "412", "404", "broken", "lost_answer", "half", "damage"]


@dataclass
class Answer:
    status_code: int
    headers: dict[str, str]
    resource: dict[str, Any]
    request: Any = None
    text: str = ""

    def json(self) -> dict[str, Any]:
        return self.resource


@dataclass
class BucketWire:
    """In place of a session. `script` has one step for each PUT; what comes after it is "ok"."""

    script: Sequence[Step] = ()
    data: bytearray = field(default_factory=bytearray)
    ranges: list[str] = field(default_factory=list)
    complete: bool = False
    cancelled: int = 0

    def put(self, _url: str, *, data: bytes, headers: dict[str, str], **_options: Any) -> Answer:
        step = self.script[len(self.ranges)] if len(self.ranges) < len(self.script) else "ok"
        self.ranges.append(headers["Content-Range"])
        if step == "broken":
            raise requests.ConnectionError
        if step.isdigit():
            request = requests.Request("PUT", "http://bucket").prepare()
            return Answer(int(step), {}, {"error": {"message": "secret"}}, request)
        self._take(headers["Content-Range"], data[: len(data) // 2] if step == "half" else data)
        if step == "damage":
            self.data[0] ^= 1
        if step == "lost_answer":
            raise requests.ConnectionError
        if self.complete:
            return Answer(200, {}, self._object(headers["Content-Type"]))
        return Answer(308, {"Range": f"bytes=0-{len(self.data) - 1}"} if self.data else {}, {})

    def delete(self, _url: str, **_options: Any) -> None:
        self.cancelled += 1

    def _take(self, content_range: str, data: bytes) -> None:
        found = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", content_range)
        assert found is not None
        first = int(found[1] or 0)
        assert first <= len(self.data), "a gap"
        self.data[first : first + len(data)] = data
        self.complete = self.complete or found[2] == str(len(self.data))

    def _object(self, content_type: str) -> dict[str, Any]:
        checksum: Any = google_crc32c.Checksum
        crc32c = base64.b64encode(checksum(bytes(self.data)).digest()).decode()
        return {
            "generation": "17",
            "size": str(len(self.data)),
            "crc32c": crc32c,
            "md5Hash": "md5",
            "contentType": content_type,
        }
