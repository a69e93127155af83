"""What is handed to an engine, and what is a pause."""

from __future__ import annotations

import pytest

from tts_server.text import clean, speakable


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  two\n lines\t ", "two lines"),
        ("a\x01b\x00c", "a b c"),  # 0x01 starts a command to espeak
        ("ok 👍🏽!", "ok !"),
        ("👩‍👩‍👧 flag 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣", "flag 1"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("20 °C © ½", "20 °C © ½"),
        ("e\u0301", "é"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # a joiner that Persian needs
    ],
)
def test_clean_takes_out_what_engines_stumble_over(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize("text", ["a", "7", "ж", "你", "%", "€", "½", "... x"])
def test_words_digits_and_named_signs_are_speech(text: str) -> None:
    assert speakable(text)


@pytest.mark.parametrize("text", ["", "...", "?!", "—", '""', "*", "<>", "()"])
def test_marks_alone_are_a_pause(text: str) -> None:
    assert not speakable(text)
