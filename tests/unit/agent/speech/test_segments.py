"""Where the voice may breathe."""

from __future__ import annotations

import random

import pytest

from agent.speech.segments import Cutter

_ANSWERS = [
    "Your appointment is at 3:30 p.m. on Tuesday, March 3. Dr. Smith will see you. Is that all right?",
    "Our number is 555 0199 22 and the mail is front.desk@example.com. Bye now! See you.",
    "1. First thing to do. 2. Second thing, which is longer. 3. It costs 1,250.50 dollars, e.g. for J. Smith.",
    'Yes. No. (Maybe!) "Sure." We open at 9. Come in... or don\'t; as you like: it is up to you – really.',
]


def cut(*pieces: str, cutter: Cutter | None = None) -> list[str]:
    cutter = cutter or Cutter()
    return [s for piece in pieces for s in cutter.push(piece)] + cutter.end()


def test_first_segment_ends_at_a_clause() -> None:
    """The voice starts after a few words, not after the first sentence."""
    assert cut("Good morning, this is the clinic. How can I help?")[0] == "Good morning,"


def test_first_segment_without_a_clause_ends_at_a_word() -> None:
    """A long first clause is cut after about four words."""
    assert cut("I will now have a look at our calendar for you.")[0] == "I will now have a look"


def test_the_rest_are_sentences() -> None:
    """Short sentences are joined, for each request costs a pause."""
    rest = cut(_ANSWERS[0])[1:]
    assert rest == ["3:30 p.m. on Tuesday, March 3.", "Dr. Smith will see you. Is that all right?"]


@pytest.mark.parametrize(
    "kept", ["3:30 p.m.", "Dr. Smith", "555 0199 22", "front.desk@example.com", "1,250.50", "J. Smith"]
)
def test_no_cut_inside(kept: str) -> None:
    """Numbers, times, abbreviations and addresses are said in one breath, wherever the cut would fall."""
    for lead in range(40):
        text = "a " * lead + kept + " is what I have, and more of it is to come. Then the end."
        segments = cut(text, cutter=Cutter(first_chars=12, least=8, most=60))
        assert any(kept in s for s in segments), segments


def test_a_lists_number_stays_with_its_item() -> None:
    """ "Two." on its own would be said as the end of the first item."""
    assert cut(_ANSWERS[2])[:2] == ["1. First thing to do.", "2. Second thing, which is longer."]


@pytest.mark.parametrize("answer", _ANSWERS)
@pytest.mark.parametrize("seed", range(20))
def test_the_way_the_text_comes_changes_nothing(answer: str, seed: int) -> None:
    """One character at a time or all at once: the same segments, and every word once and in order."""
    chance, pieces, rest = random.Random(seed), [], answer
    while rest:
        at = chance.randint(1, 9)
        pieces.append(rest[:at])
        rest = rest[at:]
    assert cut(*pieces) == cut(answer)
    assert " ".join(cut(answer)).split() == answer.split()


def test_long_answers_are_bounded() -> None:
    """5,000 characters without a stop, even without a space, become segments an engine can say."""
    for text in ("word " * 1000, "word, " * 830, "x" * 5000, "Ä" * 5000):
        segments = cut(text)
        assert all(len(s) <= 220 for s in segments)
        assert "".join(segments).replace(" ", "") == text.replace(" ", "")


def test_nothing_to_say_is_no_segment() -> None:
    """Stops alone are never sent to the engine."""
    assert cut("... ! ?") == []
    assert cut("") == []


def test_sentences_without_spaces_between() -> None:
    """Chinese and Japanese put no space after a stop."""
    assert cut("今日はとても元気ですか。はい、元気です。またお電話ください。", cutter=Cutter(least=4)) == [
        "今日はとても元気ですか。",
        "はい、元気です。",
        "またお電話ください。",
    ]
