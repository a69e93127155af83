"""A voice says times as people do. "13:30-18:00" was once heard as "the thirteenth of the eighteenth"."""

import pytest

from agent.speech.spoken import Speaker, spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("We open at 08:30.", "We open at eight thirty."),
        ("08:30-12:30 and 13:30-18:00;", "eight thirty to twelve thirty and one thirty to six o'clock;"),
        ("from 9:05 to 10:00", "from nine oh five to ten o'clock"),
        ("at 12:00 or 00:00", "at noon or midnight"),
        ("3:15 pm, 11:45\u201312:10", "three fifteen pm, eleven forty five to twelve ten"),
        ("a ratio of 4:3, room 12:345, verse 3:16:2", "a ratio of 4:3, room 12:345, verse 3:16:2"),
        ("2026-11-24T10:30", "2026-11-24T10:30"),
    ],
)
def test_times_of_day_are_words(written: str, said: str) -> None:
    assert spoken(written) == said
    assert spoken(said) == said


def test_other_languages_keep_their_digits() -> None:
    """English words in the middle of a German sentence are worse than digits."""
    assert spoken("Wir öffnen um 08:30.", "de-DE") == "Wir öffnen um 08:30."


def test_a_time_may_come_in_pieces() -> None:
    """A model's tokens split it anywhere: 0, 8, :, 30."""
    text = "Open 08:30-12:30 today."
    for cut in range(len(text)):
        speaker = Speaker()
        assert speaker.push(text[:cut]) + speaker.push(text[cut:]) + speaker.end() == spoken(text)
