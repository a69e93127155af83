"""What is kept beside each object of a call: whose it is, and when it is to be deleted."""

from __future__ import annotations

import hashlib

from calls.record import CallRecord

CALL_ID, LINE, CALLER_HASH = "call-id", "line", "caller-hash"
STARTED_AT = "started-at"  # of a backup, by whoever uploads it: UTC epoch seconds of its first sample
_DAY_S = 24 * 3600.0
_DIGITS = 32


def caller_hash(number: str) -> str:
    """By which a caller's objects are found again. No anonymisation: there are few enough numbers to try them all, and
    whoever may read the bucket reads them in the sidecars."""
    return hashlib.sha256(f"switchboard:{number}".encode()).hexdigest()[:_DIGITS]


def metadata_of(record: CallRecord) -> dict[str, str]:
    """For each object of the call; no caller-hash where the number was withheld."""
    found = {CALL_ID: record.call_id, LINE: record.line}
    if record.caller.number:
        found[CALLER_HASH] = caller_hash(record.caller.number)
    return found


def delete_at(record: CallRecord) -> float | None:
    """When what was recorded of the call is to be deleted. None: it goes on, or was not to be recorded."""
    if record.ended_at is None or record.recording is None:
        return None
    return record.ended_at + record.recording.keep_days * _DAY_S
