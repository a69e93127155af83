"""Records, events and leases as the text that a store keeps. What comes back may be anybody's: older, newer, broken."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from calls import wire
from calls.events import Event
from calls.ports import Lease
from calls.record import CallRecord


class Unreadable(Exception):
    """This version cannot read what is stored. Its text quotes nothing."""


def event_text(event: Event) -> str:
    return _text(wire.encode(event))


def record_text(record: CallRecord) -> str:
    return _text(wire.encode_record(record))


def lease_text(lease: Lease) -> str:
    return _text(asdict(lease))


def event_of(text: str | bytes) -> Event:
    """Raises Unreadable."""
    try:
        return wire.decode(_object(text))
    except (ValueError, RecursionError):
        raise Unreadable("not an event") from None


def record_of(text: str | bytes) -> CallRecord:
    """Raises Unreadable."""
    try:
        return wire.decode_record(_object(text))
    except (ValueError, RecursionError):
        raise Unreadable("not a record") from None


def holder_of(text: str | bytes) -> Lease:
    """The lease in "[epoch,lease]". Raises Unreadable."""
    try:
        epoch, lease = json.loads(text)
        names = {name: str(lease[name]) for name in ("call_id", "room", "agent", "worker", "line", "persona")}
        return Lease(epoch=int(epoch), **names)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Unreadable("not a lease") from None


def as_text(reply: str | bytes) -> str:
    """Ours is UTF-8; a foreign key's bytes must not end the reading of ours."""
    return reply if isinstance(reply, str) else reply.decode("utf-8", "replace")


def _text(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _object(text: str | bytes) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise Unreadable("not an object")
    return found
