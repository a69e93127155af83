"""A redacted sidecar tells what was talked about and not with whom; the same words are muted in the sound."""

from __future__ import annotations

import json
from typing import Any

from recording.redact.transcript import redact

FILE = "recordings/2026/09/21/clinic/0198c2d0-0000-7000-8000-000000000001.ogg"


def turn(number: int, text: str, at: tuple[float, float] | None, speaker: str = "caller") -> dict[str, Any]:
    place = [] if at is None else [{"name": FILE, "began_s": at[0], "ended_s": at[1]}]
    times = (None, None) if at is None else (1790000000.0 + at[0], 1790000000.0 + at[1])
    return {
        "turn": number,
        "speaker": speaker,
        "text": text,
        "interrupted": False,
        "audio": place,
        "began_at": times[0],
        "ended_at": times[1],
    }


def sidecar(*turns: dict[str, Any]) -> dict[str, Any]:
    caller = {"leg": "sip", "identity": "sip_+15550123456", "number": "+15550123456", "attributes": {"x": "Ada King"}}
    call = {
        "call_id": "c1",
        "room": "call-_+15550123456_x",
        "line": "clinic",
        "caller": caller,
        "outcome": "resolved",
        "message": "ring Ada King",
        "data": {"name": "Ada King"},
        "recording": {"parts": []},
    }
    audio = [{"name": FILE, "kind": "main", "duration_s": 30.0}]
    return {"v": 1, "kind": "recording", "call": call, "audio": audio, "turns": list(turns), "state": "proven"}


def test_nothing_of_the_caller_is_left() -> None:
    """Number, room, attributes, message and data go, wherever in the record they are."""
    made = redact(sidecar(turn(1, "hello my name is ada king", (2.0, 4.0))), ["Ada King"])
    text = json.dumps(made.sidecar).casefold()
    assert "ada" not in text
    assert "king" not in text
    assert "15550123456" not in text
    assert made.sidecar["call"]["outcome"] == "resolved"
    assert made.found == {"name": 1}


def test_the_utterance_is_muted_whole_and_no_other() -> None:
    """The caller gives a number at 2 s; the agent reads it back at 6 s; the rest is heard."""
    made = redact(
        sidecar(
            turn(1, "my number is 020 7946 0958", (2.0, 4.0)),
            turn(1, "That is 020 7946 0958, right?", (6.0, 8.0), "agent"),
            turn(2, "yes thank you", (9.0, 10.0)),
        )
    )
    assert [(span.start_s, span.end_s) for span in made.muted[FILE]] == [(1.75, 4.25), (5.75, 8.25)]


def test_an_utterance_without_a_time_is_muted_from_neighbour_to_neighbour() -> None:
    """A worker that could not tell when it was said must not make it audible."""
    made = redact(
        sidecar(
            turn(1, "good morning", (2.0, 4.0)),
            turn(2, "call 020 7946 0958", None),
            turn(3, "thank you", (9.0, 10.0)),
        )
    )
    assert [(span.start_s, span.end_s) for span in made.muted[FILE]] == [(4.0, 9.0)]


def test_what_is_said_while_nothing_is_recorded_mutes_nothing() -> None:
    """Between two files: its time is known, and it is on none of them."""
    away = turn(1, "call 020 7946 0958", (1.0, 2.0)) | {"audio": []}
    assert redact(sidecar(away)).muted[FILE] == []


def words(*turns: tuple[str, str]) -> list[str]:
    made = redact(sidecar(*(turn(n, text, (n * 3.0, n * 3.0 + 2), who) for n, (who, text) in enumerate(turns))))
    return [each["text"] for each in made.sidecar["turns"]]


def test_the_answer_to_what_is_your_name_is_a_name() -> None:
    """Nothing introduces it, and no tool was told of it: the caller hung up before. Nor does "Thank you, Ada"."""
    assert words(
        ("agent", "Hello. May I have your full name, please?"),
        ("caller", "ada king"),
        ("agent", "Thank you, Ada. And your date of birth?"),
        ("caller", "third of march"),
        ("agent", "What can I do for you?"),
        ("caller", "i have a toothache"),
    ) == [
        "Hello. May I have your full name, please?",
        "[name]",
        "Thank you, [name]. And your date of birth?",
        "[number]",
        "What can I do for you?",
        "i have a toothache",
    ]


def test_who_does_not_answer_gave_no_name() -> None:
    """ "No, why?" is worth reading."""
    assert words(("agent", "Your name, please?"), ("caller", "no why"))[1] == "no why"


def test_a_number_in_pieces_is_one_number() -> None:
    """Dictated over several turns, repeated in between: no turn has enough digits to be one."""
    assert words(
        ("caller", "it is zero one six one"),
        ("agent", "0161, yes."),
        ("caller", "then four nine six"),
        ("agent", "496."),
        ("caller", "on tuesday at half past two"),
    ) == ["it is [number]", "[number], yes.", "then [number]", "[number].", "on tuesday at half past two"]


def test_a_file_that_began_nobody_knows_when_is_muted_whole() -> None:
    """Where in it the name is, nobody can tell: its turns have no place in it, and it is not left audible for that."""
    said = sidecar(turn(1, "my name is ada king", (2.0, 4.0)) | {"audio": []})
    said["audio"][0]["started_at"] = None
    assert [(span.start_s, span.end_s) for span in redact(said).muted[FILE]] == [(0.0, 30.0)]
