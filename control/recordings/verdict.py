"""What became of a recording, by what is seen of it. Pure: the same evidence at the same time is the same verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace

from calls.ports import Egress, EgressStatus
from calls.record import CallRecord
from calls.recording import Part, Recording, RecordingState
from control.recordings.evidence import Evidence
from control.recordings.part_verdict import (
    FORGOTTEN_S,
    NEVER_STARTED,
    WAIT_S,
    PartVerdict,
    enough,
    judge_part,
    trouble_of,
)
from control.recordings.shelf import is_backup, is_part
from recording.bucket import Object
from recording.names import call_of

GHOST_S = 6.0  # after the call's end egress has seen for itself that the room is empty: its departure time-out is 3 s
# policy.recording.start_s: so long one try may take. A call that ends within it has nothing to be recorded.
BEGIN_S = 5.0
LOST_S = 24 * 3600.0
SEEN_S = 8.0  # nobody is alarmed of a call that was first looked at just now: its worker's clock may be set back
RECORDING = (EgressStatus.STARTING, EgressStatus.ACTIVE)
_BACKUP_SHORT_S, _BACKUP_SHORT_SHARE = 8.0, 0.05  # what a killed worker had not written yet, and the time until another


@dataclass(frozen=True, slots=True)
class Broken:
    """A file that did not become what it should: somebody is told, whatever comes in its place."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`recording` as it is to be written; of a state that is not new, nothing need be. `ghosts` are to be stopped."""

    recording: Recording
    broken: tuple[Broken, ...] = ()
    ghosts: tuple[Egress, ...] = ()
    delete: tuple[Object, ...] = ()


def judge(record: CallRecord, evidence: Evidence, now: float, seen_s: float) -> Verdict:
    """Of a call that has ended. `now` is UTC epoch seconds; `seen_s`: how long it is being looked at."""
    recording = record.recording or Recording("")
    # A worker whose clock is ahead writes an end that is still to come: what was looked at for so long is as old.
    age_s = max(now - (record.ended_at or now), seen_s)
    ghosts = ghosts_of(record, evidence, now)
    if declined(recording):
        at_work = bool(_not_ended(record, evidence))
        return replace(_declined(recording, evidence, age_s, at_work=at_work), ghosts=ghosts)
    recording = _adopted(record, recording, evidence)
    verdicts = [judge_part(record, part, evidence, _patient(age_s, seen_s), now) for part in recording.parts]
    recording = replace(
        recording,
        parts=tuple(each.part for each in verdicts),
        backups=_backups(recording, evidence),
    )
    verdicts = [each for each in verdicts if not _came_to_nothing(record, each)] or verdicts
    state, trouble = _state(record, recording, verdicts, evidence, _patient(age_s, seen_s))
    broken = tuple(Broken(e.part.name, e.doubt or e.part.trouble) for e in verdicts if e.broken or e.doubt)
    if not verdicts and _was_due(record) and _nothing_comes(evidence, _patient(age_s, seen_s)):
        broken = (Broken("", evidence.trouble or NEVER_STARTED),)
    if state is RecordingState.PROVEN and trouble and not broken:  # each file is whole, and they are not all of it
        broken = (Broken(recording.parts[-1].name, trouble),)
    delete = _spare(evidence) if state is RecordingState.PROVEN and not trouble else ()
    if delete:
        recording = replace(recording, backups=())
    return Verdict(replace(recording, state=state, trouble=trouble), broken, ghosts, delete)


def declined(recording: Recording) -> bool:
    return recording.state is RecordingState.DECLINED or recording.consent == "declined"


def _patient(age_s: float, seen_s: float) -> float:
    return age_s if seen_s >= SEEN_S else min(age_s, seen_s)


def _state(
    record: CallRecord, recording: Recording, verdicts: list[PartVerdict], evidence: Evidence, age_s: float
) -> tuple[RecordingState, str]:
    waiting = RecordingState.MISSING if recording.state is RecordingState.MISSING else recording.state
    if not verdicts and not recording.backups and (not_begun := _not_begun(record, evidence, age_s)):
        return not_begun
    hole = _hole(recording)
    if verdicts and all(each.part.proven for each in verdicts) and not hole:
        return RecordingState.PROVEN, ""
    if any(each.waits for each in verdicts) or (not verdicts and not _nothing_comes(evidence, age_s)):
        return waiting, recording.trouble
    trouble = next((each.part.trouble for each in verdicts if each.broken), hole or evidence.trouble or NEVER_STARTED)
    if _ended_at_once(record, verdicts, evidence):
        return RecordingState.NOT_BEGUN, "ended_at_once"
    if _backed_up(record, recording, evidence):
        return RecordingState.BACKUP, trouble
    if age_s < WAIT_S:
        return waiting, recording.trouble
    if verdicts and verdicts[-1].part.proven and all(_never_started(each) or each.part.proven for each in verdicts):
        return RecordingState.PROVEN, hole or "began_late"
    # Where the bucket cannot be asked, nobody knows that nothing came.
    lost = age_s >= LOST_S and evidence.objects is not None
    return (RecordingState.LOST if lost else RecordingState.MISSING), trouble


def _not_begun(record: CallRecord, evidence: Evidence, age_s: float) -> tuple[RecordingState, str] | None:
    """A call of whose recording nobody ever heard. Its worker may have died, and its last words be on their way."""
    recording = record.recording or Recording("")
    if age_s < BEGIN_S or (evidence.egresses is None and age_s < WAIT_S):
        return None
    if recording.notice_at is None:
        return RecordingState.NOT_BEGUN, recording.trouble
    return None if _was_due(record) else (RecordingState.NOT_BEGUN, "ended_at_once")


def _was_due(record: CallRecord) -> bool:
    """The notice was heard, and then there was something to be recorded."""
    notice_at = record.recording.notice_at if record.recording else None
    return notice_at is not None and (record.ended_at or 0.0) - notice_at >= BEGIN_S


def _nothing_comes(evidence: Evidence, age_s: float) -> bool:
    """Of a call of which there is no file, nor an egress: is that all that there will be? Where both could be asked it
    is: what ran would be listed since it began, and what begins only now records an empty room."""
    asked = evidence.egresses is not None and evidence.objects is not None
    return age_s >= (FORGOTTEN_S if asked else WAIT_S)


def _came_to_nothing(record: CallRecord, each: PartVerdict) -> bool:
    """It was asked for just before the call ended, and never began: nobody was recorded until then, nor was to be."""
    return _never_started(each) and (record.ended_at or 0.0) - each.part.asked_at < BEGIN_S


def _ended_at_once(record: CallRecord, verdicts: list[PartVerdict], evidence: Evidence) -> bool:
    """The call was over before egress could begin, and nothing shows that it did."""
    asked = min((each.part.asked_at for each in verdicts), default=None)
    if asked is None or evidence.objects is None or not all(map(_never_started, verdicts)):
        return False
    return (record.ended_at or 0.0) - asked < BEGIN_S and not any(map(is_backup, evidence.objects))


def _hole(recording: Recording) -> str:
    """Something was said that was to be recorded and is on none of the files: on the worker's own track it is."""
    began = [part.started_at for part in recording.parts if part.started_at is not None]
    if recording.notice_at is not None and began and min(began) - recording.notice_at > BEGIN_S:
        return "began_late"
    return "interrupted" if any(gap.reason == "broken" for gap in recording.gaps) else ""


def _never_started(each: PartVerdict) -> bool:
    return each.broken and each.part.started_at is None and each.part.size is None


def _backed_up(record: CallRecord, recording: Recording, evidence: Evidence) -> bool:
    """The workers' own tracks are there, and long enough together."""
    sounds = [evidence.sounds[name] for name in recording.backups if name in evidence.sounds]
    if not sounds:
        return False
    first = min((part.asked_at for part in recording.parts), default=record.ended_at or 0.0)
    began = recording.notice_at if recording.notice_at is not None else first
    wanted = max(0.0, (record.ended_at or began) - began)
    have = sum(sound.duration_s for sound in sounds)
    return enough(have, wanted) or have >= wanted - max(_BACKUP_SHORT_S, _BACKUP_SHORT_SHARE * wanted)


def _backups(recording: Recording, evidence: Evidence) -> tuple[str, ...]:
    """Those that are there and sane; as the record says where the bucket cannot be asked."""
    if evidence.objects is None:
        return recording.backups
    objects = evidence.objects
    names = sorted(name for name in objects if is_backup(name) and name in evidence.sounds)
    return tuple(name for name in names if not trouble_of(evidence.sounds[name], objects[name].size))


def _spare(evidence: Evidence) -> tuple[Object, ...]:
    return tuple(each for each in (evidence.objects or {}).values() if is_backup(each.name))


def _adopted(record: CallRecord, recording: Recording, evidence: Evidence) -> Recording:
    """With the files that the record does not know of: its worker died before it could write of them."""
    egresses = sorted((evidence.egresses or {}).values(), key=lambda each: each.started_at or 0.0)
    for each in egresses:
        if call_of(each.name) == record.call_id and not _knows(recording, each.name):
            due = _due(record, recording)
            asked = each.started_at if each.started_at and each.started_at < (record.ended_at or 0.0) else due
            recording = recording.with_part(Part(each.name, asked, each.egress_id, each.started_at, each.ended_at))
    for name in sorted(evidence.objects or {}):
        if is_part(name) and not _knows(recording, name):
            recording = recording.with_part(Part(name, _due(record, recording)))
    return recording


def _due(record: CallRecord, recording: Recording) -> float:
    """When a file began of which nobody wrote: as soon as it may have been, so that half of it is not taken for all."""
    began = [part.asked_at for part in recording.parts]
    began += [gap.until for gap in recording.gaps if gap.until is not None and began]
    first = recording.notice_at or record.answered_at or record.started_at
    return max(began, default=first)


def _knows(recording: Recording, name: str) -> bool:
    return any(part.name == name for part in recording.parts)


def _declined(recording: Recording, evidence: Evidence, age_s: float, *, at_work: bool) -> Verdict:
    """The caller said no: what there is goes, and then it is so."""
    delete = tuple(each for each in (evidence.objects or {}).values() if is_part(each.name) or is_backup(each.name))
    known = evidence.objects is not None and evidence.egresses is not None
    nothing = not at_work and not delete
    if nothing and (known or (not recording.parts and age_s >= WAIT_S)):
        return Verdict(replace(recording, state=RecordingState.DECLINED, parts=(), backups=(), trouble=""))
    return Verdict(replace(recording, trouble="not_deleted" if age_s >= WAIT_S else recording.trouble), delete=delete)


def ghosts_of(record: CallRecord, evidence: Evidence, now: float) -> tuple[Egress, ...]:
    """What still records in the room of a call that is over, though it had the time to see for itself; at once what
    had not begun by then: nobody will ever be in the room that it joins (made_anew.py)."""
    if record.ended_at is None:
        return ()
    found = [each for each in _not_ended(record, evidence) if each.status in RECORDING]
    if now - record.ended_at >= GHOST_S or (record.recording is not None and declined(record.recording)):
        return tuple(found)
    return tuple(each for each in found if came_after(record, each))


def came_after(record: CallRecord, egress: Egress, *, skew_s: float = 0.0) -> bool:
    """It had not begun when its call ended, by egress' clock, which may be `skew_s` behind the worker's."""
    began, ended = egress.started_at, record.ended_at
    return ended is not None and (egress.status is EgressStatus.STARTING or began is None or began > ended - skew_s)


def _not_ended(record: CallRecord, evidence: Evidence) -> list[Egress]:
    """In its room; another call's is that call's."""
    mine = (record.call_id, None)
    found = (evidence.egresses or {}).values()
    return [e for e in found if not e.status.ended and e.room == record.room and call_of(e.name) in mine]
