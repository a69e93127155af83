"""Yes, no, and "stop recording", in the words in which people say them; what is neither is not guessed at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.recording.wording import consents, fixed_words, greeting_pieces, wants_no_recording
from calls.policy import Policy, RecordingMode, RecordingPolicy
from tests.support import call_center

YES = (
    "Yes.",
    "Yes, please.",
    "Um, sure.",
    "Okay",
    "No problem.",
    "I don't mind.",
    "That's fine.",
    "Go ahead.",
    "Yes, I would like to book an appointment.",
    "Yes, that's fine, I don't mind at all.",
    "Ja, kein Problem, ich habe nichts dagegen.",
    "Ja, gerne.",
    "In Ordnung.",
    "Kein Problem.",
    "Ich habe nichts dagegen.",
)
NO = (
    "No.",
    "No, thank you.",
    "I'd rather not.",
    "Please don't.",
    "You can't.",
    "Not really.",
    "Nein danke.",
    "Lieber nicht.",
    "Das möchte ich nicht.",
)
NEITHER = (
    "",
    "What?",
    "I have no appointment yet.",
    "My name is Alice Smith.",
    "Yes, but don't record the number.",
    "No, that's fine.",
    "No, I don't mind.",
    "Is that okay with you?",
    "Wie bitte?",
    "Yeah, nah.",
    "Okay, nope.",
    "Yes, I do mind.",
    "Yes, I object.",
    "Okay, but I'd rather you didn't.",
    "Sure, I would prefer that you don't.",
    "Okay, but please stop it.",
    "Yes, I refuse.",
    "Sure, never.",
    "Okay, I can't agree to that.",
    "Okay, without recording please.",
    "Okay, why?",
    "Yes, what for?",
    "Okay, what did you say?",
    "Ok, wait.",
    "Yes? Hello? Who is this?",
    "Sorry, yes, pardon?",
    "Ja, nee.",
    "Ja, nö.",
    "Ja, auf keinen Fall.",
    "Ja, niemals.",
    "Ja, ungern.",
    "Klar, ohne Aufnahme.",
    "Ja, warum?",
    "Ja bitte? Wer ist da?",
    "Ja, Moment.",
    "Sicher nicht.",
)


@pytest.mark.parametrize(("texts", "answer"), [(YES, True), (NO, False), (NEITHER, None)])
def test_an_answer_is_understood_and_doubt_is_none(texts: tuple[str, ...], answer: bool | None) -> None:
    """Nobody is recorded for half a yes."""
    assert {text: consents(text) for text in texts} == dict.fromkeys(texts, answer)


def test_who_does_not_want_to_be_recorded_is_understood() -> None:
    for text in (
        "Stop recording.",
        "Please stop the recording.",
        "Could you stop recording me?",
        "I don't want to be recorded.",
        "I do not want this call recorded.",
        "Don't record this.",
        "Turn off the recording, please.",
        "Turn that recording off.",
        "No recording, please.",
        "Bitte stoppen Sie die Aufnahme.",
        "Ich möchte nicht aufgezeichnet werden.",
        "Keine Aufnahme bitte.",
    ):
        assert wants_no_recording(text), text


def test_talk_about_records_stops_nothing() -> None:
    """And neither does telling of somebody else who did."""
    for text in (
        "Are you recording this?",
        "Why did you stop recording?",
        "I broke a record.",
        "I don't have a record of that.",
        "Don't record that I came late.",
        "Please stop calling me.",
        "That's all, end the call.",
    ):
        assert not wants_no_recording(text), text


GREETING = "Hello, this is the AI of Larkfield. How can I help you?"


@pytest.mark.parametrize(
    ("mode", "pieces"),
    [
        ("off", [GREETING]),
        ("required", ["Hello, this is the AI of Larkfield. This call is being recorded.", "How can I help you?"]),
        (
            "on_consent",
            [
                *("Hello, this is the AI of Larkfield.", "May I record this call?", "This call is being recorded."),
                "How can I help you?",
            ],
        ),
    ],
)
def test_what_is_said_around_the_notice_is_rendered_ahead(mode: str, pieces: list[str]) -> None:
    """The AI's disclosure stays in the first sentence; a greeting of one sentence has nothing after the notice."""
    line = call_center.line("clinic")
    policy = Policy(recording=RecordingPolicy(mode=RecordingMode(mode)))
    assert greeting_pieces(replace(line, greeting=GREETING, policy=policy)) == pieces
    assert greeting_pieces(replace(line, greeting="Hello.", policy=policy))[-1].endswith(
        "Hello." if mode == "off" else "recorded."
    )
    spoken = fixed_words(replace(line, policy=policy))
    assert ("This call is being recorded." in spoken) is (mode != "off")
