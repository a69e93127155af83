"""The sidecar's form: what is written today is read for years, by tools that are none of ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from calls.events import AgentSpoke, CallerSpoke, DtmfPressed, Event
from calls.outcome import Outcome
from calls.record import Caller, CallRecord, Direction, Leg
from calls.recording import Gap, Part, Recording, RecordingState
from calls.wire import decode_record
from recording.sidecar import BACKUP, MAIN, File, encoded, sidecar

GOLDEN = Path(__file__).parent / "sidecar.json"
ID = "0198c2d0-0000-7000-8000-000000000001"
STEM = f"recordings/2026/09/21/main/{ID}"
AT = 1_790_000_000.0


def _record() -> CallRecord:
    first = Part(f"{STEM}.ogg", AT + 2.0, "EG_1", AT + 2.5, AT + 20.0, 60_000, 17.5, "bWQ1", proven=True)
    second = Part(f"{STEM}-2.ogg", AT + 30.0, "EG_2", AT + 30.5, AT + 60.0, 90_000, 31.0, "bWQ1", proven=True)
    recording = Recording(
        "on_consent",
        RecordingState.BACKUP,
        (first, second),
        (Gap(AT + 20.0, "card", AT + 30.5),),
        notice_at=AT + 2.0,
        consent="given",
        backups=(f"{STEM}.backup.ogg",),
        trouble="interrupted",
    )
    return CallRecord(
        call_id=ID,
        room="call_1",
        line="main",
        persona="ada",
        direction=Direction.INBOUND,
        caller=Caller(Leg.SIP, "caller", "+15550100123", "+15550100000"),
        started_at=AT,
        ended_at=AT + 60.0,
        outcome=Outcome.RESOLVED,
        turns=2,
        version=9,
        recording=recording,
    )


def _files(record: CallRecord) -> list[File]:
    parts = record.recording.parts if record.recording else ()
    main = [
        File(p.name, MAIN, p.started_at, p.duration_s, p.size or 0, p.md5, "Y3Jj", 7, p.egress_id, p.proven)
        for p in parts
    ]
    return [*main, File(f"{STEM}.backup.ogg", BACKUP, AT + 2.0, 58.0, 200_000, "bWQ1", "Y3Jj", 8)]


EVENTS: list[Event] = [
    AgentSpoke(
        call_id=ID, seq=1, at=AT + 8, turn=0, text="Hello, this is an assistant.", began_at=AT + 1, ended_at=AT + 4
    ),
    CallerSpoke(call_id=ID, seq=2, at=AT + 10, turn=1, text="Grüß Gott.", began_at=AT + 8.25, ended_at=AT + 9.5),
    DtmfPressed(call_id=ID, seq=3, at=AT + 11, digit="1"),
    AgentSpoke(
        call_id=ID, seq=4, at=AT + 22, turn=1, text="Your card", interrupted=True, began_at=AT + 19, ended_at=AT + 22
    ),
    CallerSpoke(call_id=ID, seq=5, at=AT + 40, turn=2, text="Thanks.", began_at=AT + 39.0, ended_at=AT + 39.75),
    CallerSpoke(call_id=ID, seq=6, at=AT + 50, turn=3, text="Bye."),
]


def test_its_form_is_the_golden_files() -> None:
    """A field more may come; a field that goes, or means something else, is a new version."""
    record = _record()
    made = encoded(sidecar(record, EVENTS, _files(record), AT + 75.0))
    assert json.loads(made) == json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert "Grüß" in made.decode()


def test_the_record_in_it_is_read_as_a_record() -> None:
    """What the store has forgotten after its 30 days is still there."""
    record = _record()
    content = sidecar(record, EVENTS, _files(record), AT + 75.0)
    assert decode_record(json.loads(encoded(content))["call"]) == record


@pytest.mark.parametrize(
    ("turn", "places"),
    [
        (0, [("", 0.0, 1.5), (".backup", 0.0, 2.0)]),  # had begun before the recording did: what is on it
        (1, [("", 5.75, 7.0), (".backup", 6.25, 7.5)]),
        (2, [("", 16.5, 17.5), (".backup", 17.0, 20.0)]),  # cut by the pause
        (3, [("-2", 8.5, 9.25), (".backup", 37.0, 37.75)]),  # the second part's own seconds
        (4, []),  # nobody knows when it was said
    ],
)
def test_words_are_found_in_the_file_they_are_in(turn: int, places: list[tuple[str, float, float]]) -> None:
    """By the seconds of that file, not of the call."""
    record = _record()
    audio = sidecar(record, EVENTS, _files(record), AT)["turns"][turn]["audio"]
    assert audio == [{"name": f"{STEM}{n}.ogg", "began_s": began, "ended_s": ended} for n, began, ended in places]


def test_a_file_of_which_nobody_knows_when_it_began_has_no_words_in_it() -> None:
    """Better none than wrong ones."""
    record = _record()
    file = File(f"{STEM}.backup.ogg", BACKUP, None, 58.0, 200_000)
    assert [turn["audio"] for turn in sidecar(record, EVENTS, [file], AT)["turns"]] == [[]] * 5
