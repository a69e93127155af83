"""What is to become of a spool that nobody writes any more, by what its call's record says."""

from __future__ import annotations

from enum import Enum, auto

from calls.record import CallRecord
from calls.recording import RecordingState

# The recording itself lands 2.4 to 3.8 s after the end (facts of the real egress), and control looks every 2 s; a
# backup has to be there 10 s after it.
PROOF_S = 4.0
# Its events may be on their way: a store that was down gets them within a minute of its return.
_UNKNOWN_S = 600.0
_NOT_NEEDED = (RecordingState.PROVEN, RecordingState.DECLINED, RecordingState.NOT_BEGUN)
_NEEDED = (RecordingState.MISSING, RecordingState.BACKUP, RecordingState.LOST)


class Fate(Enum):
    WAIT = auto()
    BRING = auto()
    DELETE = auto()


def fate_of(record: CallRecord | None, waited_s: float, *, known: bool, hurry: bool) -> Fate:
    """`record` as the store has it, None where it has none; `known`: there is a store to ask. `waited_s`: since the
    call was seen to be over. `hurry`: there may be no later."""
    if record is None:
        return _when(waited_s >= (_UNKNOWN_S if known else PROOF_S) or hurry)
    if record.recording is None:
        return Fate.DELETE if record.closed else Fate.WAIT
    if not record.closed:
        # Another worker has the call, and ends it; what is not needed then is deleted from the bucket.
        return _when(hurry)
    # Whatever the state says by now: control has yet to write what became of it.
    state = record.recording.state
    if state is RecordingState.PROVEN and record.recording.trouble:
        return Fate.BRING  # each file is whole, and what was said before or between them is here alone
    if state in _NOT_NEEDED or record.recording.consent == "declined":
        return Fate.DELETE
    return _when(state in _NEEDED or waited_s >= PROOF_S or hurry)


def _when(bring: bool) -> Fate:
    return Fate.BRING if bring else Fate.WAIT
