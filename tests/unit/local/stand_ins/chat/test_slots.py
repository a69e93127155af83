"""Days, times and names as a recogniser writes them; passed on in the caller's words."""

import pytest

from local.stand_ins.chat import slots
from local.stand_ins.chat.words import plain


@pytest.mark.parametrize(
    ("said", "day", "time"),
    [
        ("I would like to book an appointment for tuesday at ten thirty please.", "tuesday", "ten thirty"),
        ("next monday at half past two", "next monday", "half past two"),
        ("tomorrow at 3 p.m.", "tomorrow", "3 pm"),
        ("the day after tomorrow three in the afternoon", "the day after tomorrow", "three in the afternoon"),
        ("on the third of december at quarter to nine", "the third of december", "quarter to nine"),
        ("friday at four", "friday", "four"),
        ("10:30 on wednesday", "wednesday", "10:30"),
        ("wednesday the fourth at eleven o'clock", "wednesday the fourth", "eleven o'clock"),
        ("no not monday tuesday", "tuesday", ""),
        ("call me on five five five oh one two three", "", ""),
        ("i will be ten minutes late", "", ""),
        ("some time next week", "", ""),
    ],
)
def test_days_and_times_in_a_sentence(said: str, day: str, time: str) -> None:
    """The last one said counts; telephone numbers and minutes of delay are no times."""
    assert (slots.day(plain(said)), slots.time(plain(said))) == (day, time)


def test_a_bare_number_is_a_time_only_when_one_was_asked_for() -> None:
    """ "eleven" answers "what time?", and is nothing by itself."""
    assert slots.time("eleven") == ""
    assert slots.time("eleven", expected=True) == "eleven"


@pytest.mark.parametrize(
    ("said", "expected", "name"),
    [
        ("my name is alice cooper and i would like to book", False, "Alice Cooper"),
        ("It's Sarah Walker.", False, "Sarah Walker"),
        ("this is o'neill", False, "O'neill"),
        ("an appointment for sunday at eleven my name is bob stone", False, "Bob Stone"),
        ("it's for a sore throat", False, ""),
        ("i'm not sure", False, ""),
        ("this is urgent", False, ""),
        ("robert king", True, "Robert King"),
        ("yes um", True, ""),
        ("robert king", False, ""),
        ("tuesday at ten", True, ""),
    ],
)
def test_names(said: str, expected: bool, name: str) -> None:
    """A name follows "my name is" and the like, or answers the question; nothing else is taken for one."""
    assert slots.name(plain(said), expected=expected) == name
