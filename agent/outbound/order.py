"""What a dispatch says of a call that we make: read from data that others write, so nothing here trusts it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from agent.errors import BadDispatch
from calls.record import CallRecord, Direction
from config.persona_data import MAX_VALUE, plain

CALLEE = "callee"
NOTED = "outbound"  # the key of the record's data under which an order is kept, for whoever takes the call over

_MOST_DATA = 20
_LONGEST_RINGING_S = 120.0
_LONGEST_CALL_S = 14_400.0
_IDENTITY = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
_NUMBER = re.compile(r"^\+[1-9][0-9]{6,14}$")
_DATA_NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")


@dataclass(frozen=True, slots=True)
class Order:
    """One call to make. `callee` is the identity under which they join; `number` is E.164 or None (nobody said).

    `voicemail`: may a machine be spoken to? Times are seconds: `ringing_s` from the first sign of them in the room.
    """

    callee: str = CALLEE
    number: str | None = None
    data: Mapping[str, str] = field(default_factory=dict)
    purpose: str = ""
    voicemail: bool = True
    ringing_s: float = 30.0
    max_duration_s: float = 900.0

    def noted(self) -> dict[str, Any]:
        """As it is kept in the record's data."""
        return {NOTED: asdict(self)}


def parse_order(found: object) -> Order:
    """The `outbound` object of a dispatch. Unknown keys are left alone. Raises BadDispatch; never repeats a value."""
    if not isinstance(found, Mapping):
        raise BadDispatch("outbound is not an object")
    return Order(
        callee=_text(found, "callee", _IDENTITY) or CALLEE,
        number=_text(found, "number", _NUMBER),
        data=_data(found.get("data", {})),
        purpose=plain(_anything(found, "purpose"))[:200],
        voicemail=_flag(found, "voicemail", default=True),
        ringing_s=_seconds(found, "ringing_s", 30.0, _LONGEST_RINGING_S),
        max_duration_s=_seconds(found, "max_duration_s", 900.0, _LONGEST_CALL_S),
    )


def order_of(record: CallRecord) -> Order | None:
    """The order by which a call of another worker was made; None for a call that came in, or cannot be read."""
    if record.direction is not Direction.OUTBOUND:
        return None
    try:
        return parse_order(record.data.get(NOTED, {}))
    except BadDispatch:
        return Order()


def _data(found: object) -> dict[str, str]:
    if not isinstance(found, Mapping) or len(found) > _MOST_DATA:
        raise BadDispatch("outbound.data has an unusable value")
    values: dict[str, str] = {}
    for name, value in found.items():
        if not isinstance(name, str) or not _DATA_NAME.match(name) or not isinstance(value, str):
            raise BadDispatch("outbound.data has an unusable value")
        values[name] = plain(value)[:MAX_VALUE]
    return values


def _text(found: Mapping[str, Any], key: str, shape: re.Pattern[str]) -> str | None:
    value = found.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not shape.match(value):
        raise BadDispatch(f"outbound.{key} has an unusable value")
    return value


def _anything(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key) or ""
    if not isinstance(value, str):
        raise BadDispatch(f"outbound.{key} has an unusable value")
    return value


def _flag(found: Mapping[str, Any], key: str, *, default: bool) -> bool:
    value = found.get(key, default)
    if not isinstance(value, bool):
        raise BadDispatch(f"outbound.{key} has an unusable value")
    return value


def _seconds(found: Mapping[str, Any], key: str, default: float, most: float) -> float:
    value = found.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
        raise BadDispatch(f"outbound.{key} has an unusable value")
    return float(value)
