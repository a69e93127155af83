"""How a call ended, from its record."""

from __future__ import annotations

from typing import Any

from local.records import Records, RecordsUnreadableError
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline

_LOOK_EVERY_S = 0.1  # nobody tells a process about a record


async def closed_record(records: Records, call_id: str, clock: Clock, timeout_s: float = 10.0) -> dict[str, Any] | None:
    """The call's record once it has an outcome; the last one seen when it has none in time, None without any.

    A store that does not answer is asked again until then.
    """
    record: dict[str, Any] | None = None
    try:
        async with deadline(timeout_s, "the call's record"):
            while True:
                record = await _record(records, call_id) or record
                if record and record.get("outcome"):
                    return record
                await clock.sleep(_LOOK_EVERY_S)
    except DeadlineExceeded:
        return record


async def _record(records: Records, call_id: str) -> dict[str, Any] | None:
    try:
        found = await records.record(call_id)
    except RecordsUnreadableError:
        return None
    return None if found is None else dict(found)
