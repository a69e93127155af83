"""The JSON beside a call's files, `<call_id>.json`: what was recorded of whom, and where in the sound each word is.

    {"v": 1, "kind": "recording", "written_at": 1790000080.0,
     "call": {...},                       the call's record as calls/wire.py writes it, `recording` and `measured` in it
     "state": "proven",                   calls.recording.RecordingState; `trouble`: why it is not better
     "trouble": "",
     "policy": "required",
     "notice": {"heard_at": 1790000002.1},                     null: not heard to its end
     "consent": "given",                                       "" where nobody was asked
     "gaps": [{"since": ..., "until": ..., "reason": "card"}], nothing was recorded; until null: to the call's end
     "audio": [{"name": "recordings/2026/09/21/main/....ogg", "kind": "main",     or "backup": the worker's own track
                "channels": ["agent", "caller"],               left, right
                "started_at": ..., "duration_s": 61.2,         null where nobody knows
                "size": 180000, "md5": "...", "crc32c": "...", base64, as Google has them; md5 of the stored bytes
                "generation": 1790000000000001,                of the very object that was looked at
                "egress_id": "EG_...", "proven": true, "trouble": ""}],
     "turns": [{"turn": 1, "speaker": "caller", "text": "...", "interrupted": false,
                "began_at": ..., "ended_at": ...,              null where the worker could not tell
                "audio": [{"name": "....ogg", "began_s": 3.2, "ended_s": 5.0}]}]}   the files it can be heard in

Times are UTC epoch seconds, those of turns by the worker's clock; what ends in `_s` is seconds into the file it stands
with. A field more may come; none goes. tests/unit/recording/sidecar.json is a whole one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from calls.events import AgentSpoke, CallerSpoke, Event
from calls.record import CallRecord
from calls.recording import Gap, Recording
from calls.wire import encode_record

VERSION = 1
LARGEST_BYTES = 16 * 1024 * 1024  # more than any talk has words: what is read of one at most
MAIN, BACKUP = "main", "backup"
_CHANNELS = ("agent", "caller")
_MILLI = 3


@dataclass(frozen=True, slots=True)
class File:
    """One file of sound. `started_at`: of its first sample."""

    name: str
    kind: str
    started_at: float | None
    duration_s: float | None
    size: int
    md5: str = ""
    crc32c: str = ""
    generation: int = 0
    egress_id: str = ""
    proven: bool = False
    trouble: str = ""


def sidecar(record: CallRecord, events: Iterable[Event], files: Sequence[File], at: float) -> dict[str, Any]:
    """Of a call that was to be recorded. `at` is when it is written."""
    recording = record.recording or Recording("")
    heard_at = recording.notice_at
    return {
        "v": VERSION,
        "kind": "recording",
        "written_at": at,
        "call": encode_record(record),
        "state": recording.state.value,
        "trouble": recording.trouble,
        "policy": recording.policy,
        "notice": None if heard_at is None else {"heard_at": heard_at},
        "consent": recording.consent,
        "gaps": [_gap(gap) for gap in recording.gaps],
        "audio": [_file(file) for file in files],
        "turns": [_turn(event, files) for event in events if isinstance(event, CallerSpoke | AgentSpoke)],
    }


def encoded(content: dict[str, Any]) -> bytes:
    """As it lies in the bucket."""
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"


def _gap(gap: Gap) -> dict[str, Any]:
    return {"since": gap.since, "until": gap.until, "reason": gap.reason}


def _file(file: File) -> dict[str, Any]:
    return {
        "name": file.name,
        "kind": file.kind,
        "channels": list(_CHANNELS),
        "started_at": file.started_at,
        "duration_s": file.duration_s,
        "size": file.size,
        "md5": file.md5,
        "crc32c": file.crc32c,
        "generation": file.generation,
        "egress_id": file.egress_id,
        "proven": file.proven,
        "trouble": file.trouble,
    }


def _turn(event: CallerSpoke | AgentSpoke, files: Sequence[File]) -> dict[str, Any]:
    places = [place for file in files if (place := _place(event, file)) is not None]
    return {
        "turn": event.turn,
        "speaker": "caller" if isinstance(event, CallerSpoke) else "agent",
        "text": event.text,
        "interrupted": isinstance(event, AgentSpoke) and event.interrupted,
        "began_at": event.began_at,
        "ended_at": event.ended_at,
        "audio": places,
    }


def _place(event: CallerSpoke | AgentSpoke, file: File) -> dict[str, Any] | None:
    """Where in the file it is heard, as far as it is; None: not in this one."""
    if event.began_at is None or file.started_at is None or file.duration_s is None:
        return None
    ended_at = event.began_at if event.ended_at is None else event.ended_at
    began_s, ended_s = event.began_at - file.started_at, ended_at - file.started_at
    if ended_s < 0 or began_s >= file.duration_s:
        return None
    began_s, ended_s = max(0.0, began_s), min(ended_s, file.duration_s)
    return {"name": file.name, "began_s": round(began_s, _MILLI), "ended_s": round(ended_s, _MILLI)}
