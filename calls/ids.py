"""A call's id: a UUIDv7 (RFC 9562, section 5.7): ids sort by the time the call began, and tell nothing else of it."""

from __future__ import annotations

import re
import secrets
import uuid

from ops.clock import Clock

_VERSION = 7
_SAFE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


def new_call_id(clock: Clock) -> str:
    """A new id, 36 characters: 48 bits of milliseconds since the epoch, 74 random bits, version and variant."""
    milliseconds = int(clock.now() * 1000) & (1 << 48) - 1
    random = secrets.randbits(74)
    number = milliseconds << 80 | _VERSION << 76 | random >> 62 << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return str(uuid.UUID(int=number))


def began_at(call_id: str) -> float | None:
    """When the call was given its id, UTC epoch seconds to the millisecond. None: one that does not tell."""
    try:
        number = uuid.UUID(call_id)
    except ValueError:
        return None
    return (number.int >> 80) / 1000 if number.version == _VERSION else None


def is_call_id(text: object) -> bool:
    """May `text` name a call? It becomes a file's name and a key: letters, digits, `-` and `_`, at most 64."""
    return isinstance(text, str) and _SAFE.fullmatch(text) is not None
