"""Is one file of a recording there, and as long as it should be?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from calls.ports import Egress, EgressStatus
from calls.record import CallRecord
from calls.recording import Part, Recording
from control.recordings.evidence import Evidence
from recording.bucket import Object
from recording.ogg import Sound

WAIT_S = 45.0
"""After the call's end: then what is not there is missing. The real egress was done within 3.8 s of a hang-up."""
DOUBT_S = 15.0
"""Then somebody is told of what is still waited for, and hardly comes by what the media server says: an egress at work
in a room that is gone, which did not end when it was told to (verdict.py: GHOST_S), or one that it has forgotten."""
FORGOTTEN_S = 10.0  # a media server that knows of no such egress has lost it, or never began it
LANDED_S = 10.0  # a file that egress says is there, and is not: the bucket shows what was written at once
UNASKED_S = 20.0  # a media server that cannot be asked: a file that says that it is whole is believed

# The real one wrote files 2-3 s longer than the call (it waits for the room to stay empty), begins within a second of
# the time that it says, and the worker's clock is another machine's.
SHORT_S, SHORT_SHARE = 3.0, 0.02
_BEGINS_S = 20.0  # it begins so long after it was asked for, or another clock says when (watch.py: BEGIN_S)
CHANNELS = 2
_LEAST_BYTES_PER_S = 40  # half of what libopus writes of digital silence, with DTX: less holds no sound

NEVER_STARTED = "never_started"
_FAILED = {EgressStatus.FAILED: "failed", EgressStatus.ABORTED: "aborted"}


@dataclass(frozen=True, slots=True)
class PartVerdict:
    """`waits`: it may still come; `doubt`: why somebody is told all the same. Neither proven nor waiting it is broken,
    and `part.trouble` says why."""

    part: Part
    waits: bool = False
    doubt: str = ""

    @property
    def broken(self) -> bool:
        return not self.part.proven and not self.waits


def judge_part(record: CallRecord, part: Part, evidence: Evidence, age_s: float, now: float) -> PartVerdict:
    """`age_s`: how long ago the call ended."""
    egress = egress_of(part, evidence)
    if egress is not None:
        part = replace(
            part,
            egress_id=egress.egress_id,
            started_at=egress.started_at or part.started_at,
            ended_at=egress.ended_at or part.ended_at,
        )
    if evidence.objects is None:
        return _later(part, evidence.bucket_trouble, age_s, WAIT_S)
    if egress is not None and egress.status in _FAILED:
        return _broken(part, _FAILED[egress.status])
    if egress is not None and not egress.status.ended:
        ends = egress.status is EgressStatus.ENDING  # it lives, and brings what it has
        return _later(part, "not_ended", age_s, WAIT_S, WAIT_S if ends else DOUBT_S)
    there = evidence.objects.get(part.name)
    if there is None:
        return _absent(part, egress, evidence, age_s)
    sound = evidence.sounds.get(part.name, Sound(trouble="no_object"))
    part = replace(part, size=there.size, duration_s=sound.duration_s or None, md5=there.md5)
    trouble = trouble_of(sound, there.size) or _too_short(record, part, sound, now) or _another(egress, there)
    if trouble:
        return _broken(part, trouble)
    if egress is None and not (evidence.egresses is not None and age_s >= FORGOTTEN_S):
        if age_s < UNASKED_S:
            return PartVerdict(part, waits=True)
        if not sound.whole:
            return _later(part, evidence.recorder_trouble, age_s, WAIT_S)
    return PartVerdict(replace(part, proven=True, trouble=""))


def egress_of(part: Part, evidence: Evidence) -> Egress | None:
    """By its id, else the newest that was asked for its name."""
    egresses = evidence.egresses or {}
    if part.egress_id in egresses:
        return egresses[part.egress_id]
    named = [each for each in egresses.values() if each.name == part.name]
    return max(named, key=lambda each: each.started_at or 0.0, default=None)


def trouble_of(sound: Sound, size: int) -> str:
    """Why a file is none that can be relied on, whatever its length should be; "" where it can."""
    if sound.trouble:
        return sound.trouble
    if sound.channels != CHANNELS:
        return "one_channel"
    return "damaged" if size < sound.duration_s * _LEAST_BYTES_PER_S else ""


def wanted_s(record: CallRecord, part: Part, now: float) -> float:
    """How long the part should be: until the recording paused, else until the call's end."""
    recording = record.recording or Recording("")
    # Egress' clock is another machine's, and is not believed further than it can be right: an hour ahead, it would make
    # the first second of a call enough.
    began = part.asked_at
    if part.started_at is not None:
        began = min(max(part.started_at, part.asked_at), part.asked_at + _BEGINS_S)
    # A worker whose clock was set forward writes an end that is still to come.
    ends = [min(record.ended_at or now, now)]
    ends += [gap.since for gap in recording.gaps if gap.since >= began]
    later = [each.asked_at for each in recording.parts if each.name != part.name and each.asked_at > began]
    return max(0.0, min(ends + later) - began)


def enough(duration_s: float, wanted: float) -> bool:
    return duration_s >= wanted - max(SHORT_S, SHORT_SHARE * wanted)


def _too_short(record: CallRecord, part: Part, sound: Sound, now: float) -> str:
    return "" if enough(sound.duration_s, wanted_s(record, part, now)) else "too_short"


def _another(egress: Egress | None, there: Object) -> str:
    """Not what egress says that it wrote: somebody has put something else in its place."""
    return "other_file" if egress is not None and egress.size and egress.size != there.size else ""


def _absent(part: Part, egress: Egress | None, evidence: Evidence, age_s: float) -> PartVerdict:
    if egress is not None:
        return _later(part, "no_object", age_s, LANDED_S)
    if evidence.egresses is None:
        return _later(part, evidence.recorder_trouble, age_s, WAIT_S)
    if part.started_at is None:
        return _later(part, NEVER_STARTED, age_s, FORGOTTEN_S)
    return _later(part, "no_object", age_s, WAIT_S, DOUBT_S)


def _later(part: Part, trouble: str, age_s: float, patience_s: float, doubt_s: float = WAIT_S) -> PartVerdict:
    if age_s >= patience_s:
        return _broken(part, trouble)
    return PartVerdict(part, waits=True, doubt=trouble if age_s >= doubt_s else "")


def _broken(part: Part, trouble: str) -> PartVerdict:
    return PartVerdict(replace(part, proven=False, trouble=trouble))
