"""Events and records as they cross processes and lie on disk: JSON objects tagged with `kind` and `v`.

    {"v": 1, "kind": "caller_spoke", "call_id": "...", "seq": 3, "at": 1790000000.5, "turn": 1, "text": "hello"}

`kind` is the class's name in snake_case, enums are their values, absent fields take their defaults. Old and new
versions read each other, and pass on what they do not understand:

- A field that was added after the first version (`calls.record.ADDED_LATER`) is left out where it has its default.
- An unknown field of a known kind is kept: the decoded object is of a subclass with one field more, `unknown_fields`:
  `dataclasses.replace` and `CallRecord.evolve` carry it along and `encode` writes it back. It is not equal to the
  same object without it.
- An unknown kind, a newer `v`, or a value this version cannot hold (an outcome it has no word for) gives an
  UnknownEvent with the whole object as its payload; `encode` writes it back as it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from calls.events import Event, UnknownEvent
from calls.record import CallRecord
from calls.wire_values import WrongValue, from_json, to_json

VERSION = 1


class WireError(ValueError):
    """Not an event or a record of ours: no call, no number, or (records only) a value this version cannot hold."""


def kind_of(event: Event | CallRecord) -> str:
    """The `kind` of an event or record; for an unknown event the kind it arrived with."""
    if isinstance(event, UnknownEvent):
        return event.kind
    return next(kind for known in type(event).__mro__ for kind, cls in _kinds().items() if cls is known)


def encode(event: Event) -> dict[str, Any]:
    """A JSON object for `event`: plain dicts, lists, strings and finite numbers whatever the event held."""
    if isinstance(event, UnknownEvent):
        own: dict[str, Any] = {"kind": event.kind, "call_id": event.call_id, "seq": event.seq, "at": event.at}
        if event.epoch != 1:
            own["epoch"] = event.epoch
        return {"v": VERSION, **_object(event.payload), **own}
    return {"v": VERSION, "kind": kind_of(event), **_object(event)}


def decode(wire: Mapping[str, Any]) -> Event:
    """The event of a JSON object. Raises WireError where even call_id, seq, at or kind cannot be read."""
    kind, cls = wire.get("kind"), _kinds().get(str(wire.get("kind")))
    try:
        if cls is not None and cls is not CallRecord and wire.get("v") == VERSION:
            return from_json(cls, _fields(wire))  # type: ignore[no-any-return]
    except WrongValue:
        pass  # a newer version's value: kept whole below
    known = {"kind": kind, "call_id": wire.get("call_id"), "seq": wire.get("seq"), "at": wire.get("at")}
    if type(wire.get("epoch")) is int:  # part of its name: two workers' events of one seq are two events
        known["epoch"] = wire["epoch"]
    try:
        return from_json(UnknownEvent, {**known, "payload": dict(wire)})  # type: ignore[no-any-return]
    except WrongValue as error:
        raise WireError(f"not an event: {error}") from None


def encode_record(record: CallRecord) -> dict[str, Any]:
    """A JSON object for `record`, of kind `record`."""
    return {"v": VERSION, "kind": "record", **_object(record)}


def decode_record(wire: Mapping[str, Any]) -> CallRecord:
    """The record of a JSON object. Raises WireError: a record cannot be half understood."""
    if wire.get("kind") != "record" or wire.get("v") != VERSION:
        raise WireError(f"not a record of version {VERSION}")
    try:
        return from_json(CallRecord, _fields(wire))  # type: ignore[no-any-return]
    except WrongValue as error:
        raise WireError(f"not a record: {error}") from None


def _object(value: Any) -> dict[str, Any]:
    found = to_json(value)
    assert isinstance(found, dict)  # noqa: S101 - dataclasses and mappings are objects
    return found


def _fields(wire: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in wire.items() if key not in ("v", "kind")}


@cache
def _kinds() -> dict[str, type[Any]]:
    events = [cls for cls in get_args(Event) if cls is not UnknownEvent]
    kinds = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower(): cls for cls in events}
    return kinds | {"record": CallRecord}
