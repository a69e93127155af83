"""Range requests: one range of bytes, as RFC 9110 section 14 has it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII | re.IGNORECASE)


class Unsatisfiable(Exception):
    """The range lies outside the object: 416."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `first` to `last`, both included."""

    first: int
    last: int

    @property
    def bytes(self) -> int:
        return self.last - self.first + 1

    def content_range(self, size: int) -> str:
        return f"bytes {self.first}-{self.last}/{size}"


def span(header: str | None, size: int) -> Span | None:
    """What of an object of `size` bytes is wanted; None: all of it.

    A unit that is not bytes, several ranges at once and bad syntax are ignored, as the RFC allows: the answer is then
    the whole object. Raises Unsatisfiable.
    """
    found = _ONE.fullmatch(header.replace(" ", "")) if header else None
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        if int(last) == 0 or size == 0:
            raise Unsatisfiable
        return Span(max(0, size - int(last)), size - 1)
    if last and int(last) < int(first):
        return None  # bad syntax, says the RFC
    if int(first) >= size:
        raise Unsatisfiable
    return Span(int(first), min(int(last), size - 1) if last else size - 1)
