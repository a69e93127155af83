"""From Riva's answers to the framework's events."""

from __future__ import annotations

import math

import pytest
import riva.client.proto.riva_asr_pb2 as pb
from livekit.agents import stt

from agent.speech.riva_answers import Answers, covered_s, same_words

_Kind = stt.SpeechEventType


def answer(*results: tuple[str, float | None], processed: float = 0.0) -> pb.StreamingRecognizeResponse:
    """(text, stability), or (text, None) for a final."""
    return pb.StreamingRecognizeResponse(
        results=[
            pb.StreamingRecognitionResult(
                alternatives=[pb.SpeechRecognitionAlternative(transcript=text, confidence=-0.5)],
                is_final=stability is None,
                stability=stability or 0.0,
                audio_processed=processed,
            )
            for text, stability in results
        ]
    )


def said(answers: Answers, *results: tuple[str, float | None]) -> list[tuple[str, str]]:
    events = answers.events(answer(*results), began_s=0.0, request_id="r")
    return [(e.type.value, e.alternatives[0].text if e.alternatives else "") for e in events]


def test_an_utterance() -> None:
    """Start before the first words, end after the final; confidence within 0..1 though Riva's may be a logarithm."""
    answers = Answers("en-US", stable_at=0.8)
    assert said(answers, ("hello ", 0.1)) == [("start_of_speech", ""), ("interim_transcript", "hello")]
    assert said(answers, ("Hello there.", None)) == [("final_transcript", "Hello there."), ("end_of_speech", "")]
    final = answers.events(answer(("Hello", None)), began_s=0.0, request_id="r")[1]
    assert final.alternatives[0].confidence == 0.0


def test_a_stable_prefix_with_an_unstable_rest_is_not_stable() -> None:
    """Riva may send both in one answer: the reply would be made for half a sentence."""
    answers = Answers("en-US", stable_at=0.8)
    assert said(answers, ("I want", 0.9), ("to boo", 0.1))[1] == ("interim_transcript", "I want to boo")
    assert said(answers, ("I want", 0.9), ("to book", 0.9)) == [("preflight_transcript", "I want to book")]


def test_stable_words_are_announced_once() -> None:
    """Every PREFLIGHT starts a reply, and an INTERIM after it drops one: the same words say nothing new."""
    answers = Answers("en-US", stable_at=0.8)
    said(answers, ("yes please", 0.9))
    assert said(answers, ("Yes, please.", 0.9)) == []
    assert said(answers, ("yes please", 0.1)) == []
    assert said(answers, ("Yes, please!", None))[0] == ("final_transcript", "yes please")


def test_other_words_in_the_final_win() -> None:
    """The announced text was wrong: the reply has to be made again."""
    answers = Answers("en-US", stable_at=0.8)
    said(answers, ("at four", 0.9))
    assert said(answers, ("At five.", None))[0] == ("final_transcript", "At five.")


def test_empty_answers_say_nothing() -> None:
    """Riva sends answers with empty transcripts, and finals of silence."""
    answers = Answers("en-US", stable_at=0.8)
    assert said(answers, ("", 0.9)) == []
    assert said(answers, (" ", None)) == []
    assert said(answers) == []


@pytest.mark.parametrize(
    ("response", "seconds"),
    [
        (answer(("a", 0.9), processed=2.0), None),
        (answer(("a", None), processed=2.0), 2.0),
        (answer(("", None), processed=2.0), 2.0),
        (answer(("a", None)), math.inf),
    ],
)
def test_how_much_audio_a_final_covers(response: pb.StreamingRecognizeResponse, seconds: float | None) -> None:
    """What is not covered is sent again after a restart."""
    assert covered_s(response) == seconds


def test_same_words() -> None:
    """Case and punctuation are no difference, other words are."""
    assert same_words("Yes, it's me.", "yes its me")
    assert not same_words("at 3", "at three")
