"""Who answered: people must not wait, machines must not be talked over."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agent.outbound.languages.english import ENGLISH
from agent.outbound.screening import Answer, Limits, Screening

STEP_S = 0.032


def answered(
    *speech: tuple[float, float],
    words: Sequence[tuple[float, str]] = (),
    beep: float | None = None,
    limits: Limits | None = None,
    up_to_s: float = 40.0,
) -> tuple[Answer | None, float]:
    """What is decided and when, with speech from ... to ..., words at their times and a beep; from the answer on."""
    screening, at = Screening(100.0, ENGLISH, limits), 0.0
    left = list(words)
    while at < up_to_s:
        at += STEP_S
        while left and left[0][0] <= at:
            screening.words(left.pop(0)[1])
        voiced = any(start <= at < end for start, end in speech)
        screening.sound(100.0 + at, voiced=voiced, beeped=beep is not None and beep <= at < beep + STEP_S)
        if (answer := screening.answer(100.0 + at)) is not None:
            return answer, at
    return None, at


@pytest.mark.parametrize("speech", [(0.3, 0.7), (0.1, 1.6), (1.5, 2.4), (0.2, 2.7)])
def test_a_person_is_known_as_soon_as_they_pause(speech: tuple[float, float]) -> None:
    """Hello; the name; late. Within 0.65 s, words or not: the greeting is heard within a second."""
    answer, at = answered(speech)
    assert answer is Answer.HUMAN
    assert at - speech[1] <= 0.65


def test_silence_after_the_answer_is_somebody_who_waits() -> None:
    """Two seconds, no more; clicks and breath do not count."""
    assert answered()[0] is Answer.SILENCE
    assert answered()[1] == pytest.approx(2.0, abs=0.05)
    assert answered((0.5, 0.55), (1.2, 1.26))[0] is Answer.SILENCE


def test_a_word_with_a_short_gap_is_one_utterance() -> None:
    """Hello? ... Hello? is not cut in two."""
    answer, at = answered((0.3, 0.8), (1.1, 1.6))
    assert (answer, at > 1.6) == (Answer.HUMAN, True)


@pytest.mark.parametrize(
    "text", ["I'm not available at the moment", "please leave a message", "you reached the voicemail"]
)
def test_a_machines_words_end_the_doubt_at_once(text: str) -> None:
    """While it still speaks."""
    answer, at = answered((0.3, 20.0), words=[(1.4, text)])
    assert answer is Answer.MACHINE
    assert at == pytest.approx(1.4, abs=0.05)


def test_who_speaks_without_a_pause_is_a_machine() -> None:
    """In a language of which no words are known, or with a recogniser that is down."""
    answer, at = answered((0.5, 30.0))
    assert answer is Answer.MACHINE
    assert at == pytest.approx(7.3, abs=0.4)


def test_a_beep_is_a_machine() -> None:
    """One that says nothing at all before it."""
    assert answered(beep=1.0)[0] is Answer.MACHINE


def test_a_machine_that_pauses_after_its_name_is_not_greeted() -> None:
    """You have reached Bob. (pause) Leave a message ..."""
    words = [
        (1.0, "you have reached"),
        (1.9, "you have reached bob"),
        (4.0, "you have reached bob please leave a message"),
    ]
    assert answered((0.3, 1.9), (2.9, 6.0), words=words)[0] is Answer.MACHINE


def test_a_reception_is_a_person_however_long_it_takes() -> None:
    """Good morning, Larkfield Dental, Susan speaking, how may I help you?"""
    words = [(4.0, "good morning larkfield dental susan speaking how may i help you")]
    answer, at = answered((0.3, 4.6), words=words)
    assert (answer, at - 4.6 <= 0.65) == (Answer.HUMAN, True)


def test_a_long_greeting_that_asks_is_a_person_and_one_that_does_not_is_asked() -> None:
    """Four seconds of something: the question mark decides, or we do not know."""
    assert answered((0.3, 4.3), words=[(4.5, "Well who would that be at this hour of the day?")])[0] is Answer.HUMAN
    assert answered((0.3, 4.3), words=[(4.5, "this is the family of Bob and Jane")])[0] is Answer.UNSURE
    assert answered((0.3, 4.3))[0] is Answer.UNSURE


def test_a_menu_is_heard_to_its_end() -> None:
    """The option that is wanted may be the last; one that never stops is interrupted."""
    words = [(2.0, "for english press one"), (5.0, "for english press one for appointments press two")]
    answer, at = answered((0.3, 2.0), (2.9, 5.0), words=words)
    assert answer is Answer.MENU
    assert at == pytest.approx(6.5, abs=0.1)
    answer, at = answered((0.3, 60.0), words=words)
    assert answer is Answer.MENU
    assert at == pytest.approx(20.0, abs=0.1)


def test_a_number_that_is_nobodys_is_no_mailbox() -> None:
    """Nothing is left with it."""
    assert answered((0.3, 9.0), words=[(3.0, "the number you have dialled is not in service")])[0] is Answer.NO_MAILBOX


def test_after_a_key_was_pressed_silence_is_waited_for_longer() -> None:
    """The menu puts us through: it rings there."""
    assert answered(limits=Limits(silent_s=15.0))[1] == pytest.approx(15.0, abs=0.05)


def test_it_is_always_decided() -> None:
    """Somebody who speaks in short pieces without end."""
    pieces = [(0.8 * n, 0.8 * n + 0.5) for n in range(60)]
    assert answered(*pieces)[0] is not None


@pytest.mark.parametrize(
    "words",
    [
        [(1.6, "dr miller is not available"), (3.6, "dr miller is not available can i take a message")],
        [(1.6, "she's not available right now"), (3.6, "she's not available right now who is calling please")],
        [(3.6, "he can't come to the phone would you like to leave a message")],
    ],
)
def test_a_secretary_is_no_machine(words: list[tuple[float, str]]) -> None:
    """Half a sentence is what machines say; the whole one asks. The patient's message is not for them."""
    answer, at = answered((0.3, 3.4), words=words)
    assert (answer, at < 4.2) == (Answer.HUMAN, True)


def test_of_somebody_who_is_away_it_is_asked_who_says_so() -> None:
    """A person or a machine: no message is left on a guess. What machines say of themselves is believed at once."""
    assert answered((0.3, 2.0), words=[(1.8, "she's not available right now")])[0] is Answer.UNSURE
    assert answered((0.3, 9.0), words=[(1.8, "i'm not available right now")])[0] is Answer.MACHINE
    assert answered((0.3, 9.0), words=[(3.8, "she is not available please leave a message")])[0] is Answer.MACHINE


def test_sound_that_is_late_is_no_pause() -> None:
    """A busy machine, or jitter: in the middle of a machine's greeting nothing comes for 0.7 s, but its first words. A
    line that stays without any sound is quiet all the same."""
    screening = Screening(0.0, ENGLISH)
    for step in range(1, 33):
        screening.sound(step * STEP_S, voiced=True)
    last = 32 * STEP_S
    screening.words("hello you have")
    assert screening.answer(last + 0.7) is None
    screening.sound(last + 0.7, voiced=True)
    assert screening.answer(last + 0.71) is None
    assert screening.answer(last + 2.0) is Answer.HUMAN
