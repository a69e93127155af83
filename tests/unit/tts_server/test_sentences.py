"""Text cut for engines that give their audio at the end."""

from __future__ import annotations

import pytest

from tts_server.engines.sentences import sentences


def test_cuts_at_sentences_first() -> None:
    """The first is heard while the second is still text."""
    assert sentences("One. Two! Three? It is 3.5 km.", 100) == ["One.", "Two!", "Three?", "It is 3.5 km."]


def test_a_long_sentence_is_cut_at_commas_then_at_spaces() -> None:
    assert sentences("first part, second part, third part", 24) == ["first part, second part,", "third part"]
    assert sentences("one two three four", 9) == ["one two", "three", "four"]


@pytest.mark.parametrize("text", ["a" * 1000, "word " * 500, "x, " * 700, "A. " * 50 + "b" * 333, "ab,cd" * 99])
@pytest.mark.parametrize("longest", [10, 160])
def test_no_piece_is_too_long_and_no_letter_is_lost(text: str, longest: int) -> None:
    pieces = sentences(text, longest)
    assert all(0 < len(piece) <= longest for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_nothing_gives_nothing() -> None:
    assert sentences("  ", 10) == []
