"""Names of objects: one spelling each, and nothing in them that could lead out of a client's prefix.

A name is refused, never repaired: what was authorised is, byte for byte, what the bucket is asked for.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote_to_bytes

from state_gateway.errors import Refused

LONGEST = 1024
"""Bytes of a name in UTF-8: the bucket's own limit (cloud.google.com/storage/docs/objects#naming)."""

# What no honest client encodes: a dot, slash, backslash, NUL, and a "%" (which would be decoded twice somewhere).
_ENCODED = re.compile(rb"%(?:2[ef5]|5c|00)", re.IGNORECASE)
_MALFORMED = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_STILL_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_OTHER_PLACE = re.compile(r"[a-z][a-z0-9+.-]*:/", re.IGNORECASE)
_NOT_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})  # controls, lone surrogates, line and paragraph separators


def from_url(raw: bytes) -> str:
    """The name in a URL's path, as the bytes that were sent. Refused: 400 for a bad name, 403 for another bucket."""
    if _ENCODED.search(raw):
        raise bad_path("the path has an encoded dot, slash, backslash, percent or NUL")
    if _MALFORMED.search(raw):
        raise bad_path("the path is not percent-encoded correctly")
    try:
        return checked(unquote_to_bytes(raw).decode("utf-8"))
    except UnicodeDecodeError:
        raise bad_path("the path is not UTF-8") from None


def checked(name: str) -> str:
    """The name itself, when it is one. Refused: 400 for a bad name, 403 for another bucket."""
    if _OTHER_PLACE.match(name):
        raise other_bucket()
    if any(unicodedata.category(character) in _NOT_TEXT or _is_no_character(character) for character in name):
        raise bad_path("the path has a control character")
    if "\\" in name or _STILL_ENCODED.search(name):
        raise bad_path("the path has a backslash or is encoded twice")
    if not name or len(name.encode()) > LONGEST:
        raise bad_path(f"the path must have 1 to {LONGEST} bytes in UTF-8")
    if any(part in ("", ".", "..") for part in name.split("/")):
        raise bad_path("the path has an empty part, '.' or '..'")
    return name


def bad_path(message: str) -> Refused:
    return Refused(400, "bad_path", message)


def other_bucket() -> Refused:
    return Refused(403, "forbidden", "objects are named inside the gateway's own bucket; no other can be reached")


def _is_no_character(character: str) -> bool:
    code = ord(character)
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
