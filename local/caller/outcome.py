"""How a call ended, and what became of its recording, from its record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local.records import Records, RecordsUnreadableError
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline

# What becomes of these recordings is not known yet; one that is missing has been alarmed.
_OPEN = frozenset({"wanted", "starting", "running", "paused", "ended"})
_LOOK_EVERY_S = 0.1  # nobody tells a process about a record


async def closed_record(records: Records, call_id: str, clock: Clock, timeout_s: float = 10.0) -> dict[str, Any] | None:
    """The call's record once it has an outcome; the last one seen when it has none in time, None without any.

    A store that does not answer is asked again until then.
    """
    return await _once(records, call_id, clock, timeout_s, _closed)


async def settled_record(
    records: Records, call_id: str, clock: Clock, timeout_s: float = 10.0
) -> dict[str, Any] | None:
    """Likewise, once it is known too whether its recording has landed; at once where nothing was to be recorded."""
    return await _once(records, call_id, clock, timeout_s, lambda record: _closed(record) and not _open(record))


def _closed(record: Mapping[str, Any]) -> bool:
    return bool(record.get("outcome"))


def _open(record: Mapping[str, Any]) -> bool:
    recording = record.get("recording")
    return isinstance(recording, Mapping) and recording.get("state") in _OPEN


async def _once(
    records: Records, call_id: str, clock: Clock, timeout_s: float, wanted: Callable[[Mapping[str, Any]], bool]
) -> dict[str, Any] | None:
    record: dict[str, Any] | None = None
    try:
        async with deadline(timeout_s, "the call's record"):
            while True:
                record = await _record(records, call_id) or record
                if record and wanted(record):
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
