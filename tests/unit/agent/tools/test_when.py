"""Callers say days and times in many ways, and models pass them on in more. What is understood is what was meant;
what could mean two things is asked again instead of guessed."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from agent.tools.spoken_when import day_words, listed, moment_words, time_words
from agent.tools.when import parse_day, parse_time, part_of_day

TODAY = date(2026, 3, 18)  # a Wednesday


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("today", (3, 18)),
        ("this afternoon", (3, 18)),
        ("tomorrow morning", (3, 19)),
        ("the day after tomorrow", (3, 20)),
        ("Tuesday", (3, 24)),
        ("wednesday", (3, 25)),
        ("this Wednesday", (3, 18)),
        ("next tuesday", (3, 24)),
        ("next friday", (3, 27)),
        ("on monday, please", (3, 23)),
        ("tuesday week", (3, 31)),
        ("a week on tuesday", (3, 31)),
        ("a week from tuesday", (3, 31)),
        ("in two weeks", (4, 1)),
        ("in 3 days", (3, 21)),
        ("2026-03-24", (3, 24)),
        ("2026-03-24T10:30:00", (3, 24)),
        ("Tuesday, March 24, 2026", (3, 24)),
        ("Tuesday the 24th", (3, 24)),
        ("the twenty-fourth of March", (3, 24)),
        ("twenty first of april", (4, 21)),
        ("the 4th", (4, 4)),
        ("the 31st", (3, 31)),
        ("24/3", (3, 24)),
        ("3/24/2026", (3, 24)),
    ],
)
def test_a_day_is_understood(said: str, meant: tuple[int, int]) -> None:
    """As it is said, or as ISO."""
    assert parse_day(said, TODAY) == date(2026, *meant)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "purple",
        "4/3",
        "monday the 24th",
        "31 february",
        "2026-02-30",
        "next week",
        "the 40th",
        "may",
        "1" * 60,
        "in 99999 days",
    ],
)
def test_a_day_that_is_none_or_two_is_not_guessed(said: str) -> None:
    """4/3 is March or April; Monday the 24th is a Tuesday."""
    assert parse_day(said, TODAY) is None


def test_a_past_date_stays_past() -> None:
    """Models like to write the year they were trained in: the tool has to see that it is past."""
    assert parse_day("2024-03-24", TODAY) == date(2024, 3, 24)
    assert parse_day("yesterday", TODAY) == date(2026, 3, 17)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("half past two", ["14:30", "02:30"]),
        ("half ten", ["10:30", "22:30"]),
        ("10:30", ["10:30", "22:30"]),
        ("14:30", ["14:30"]),
        ("14h30", ["14:30"]),
        ("3 pm", ["15:00"]),
        ("3pm", ["15:00"]),
        ("10:30 a.m.", ["10:30"]),
        ("two thirty p.m.", ["14:30"]),
        ("nine in the morning", ["09:00"]),
        ("quarter to three", ["14:45", "02:45"]),
        ("a quarter past nine", ["09:15", "21:15"]),
        ("twenty past four", ["16:20", "04:20"]),
        ("five to one", ["12:55", "00:55"]),
        ("ten oh five", ["10:05", "22:05"]),
        ("ten forty five", ["10:45", "22:45"]),
        ("at ten o'clock", ["10:00", "22:00"]),
        ("12 pm", ["12:00"]),
        ("12 am", ["00:00"]),
        ("noon", ["12:00"]),
        ("2026-03-24T10:30:00+00:00", ["10:30", "22:30"]),
        ("1030", ["10:30", "22:30"]),
        ("25:00", []),
        ("10:75", []),
        ("morning", []),
        ("whenever", []),
        ("", []),
        ("ten in the morning or in the afternoon", []),
    ],
)
def test_a_time_has_its_readings_the_likelier_first(said: str, meant: list[str]) -> None:
    """Without am or pm there are two; nonsense has none."""
    assert [f"{t:%H:%M}" for t in parse_time(said)] == meant


def test_a_part_of_the_day_is_a_span() -> None:
    """ "In the morning" is no time, but narrows what to offer."""
    assert part_of_day("in the morning") == (time(0), time(12))
    assert part_of_day("ten") is None


def test_days_and_times_are_said_as_people_say_them() -> None:
    """The month only when it is another one; no digits."""
    assert day_words(date(2026, 3, 24), TODAY) == "Tuesday the 24th"
    assert day_words(date(2026, 4, 2), TODAY) == "Thursday the 2nd of April"
    assert day_words(date(2027, 1, 11), TODAY) == "Monday the 11th of January 2027"
    assert moment_words(datetime(2026, 3, 24, 10, 30), TODAY) == "Tuesday the 24th at half past ten"  # noqa: DTZ001  # local
    times = [time(9), time(9, 15), time(9, 45), time(12), time(12, 30), time(14, 20), time(6), time(20), time(11, 55)]
    assert [time_words(t) for t in times] == [
        "nine o'clock",
        "quarter past nine",
        "quarter to ten",
        "noon",
        "half past twelve",
        "twenty past two",
        "six o'clock in the morning",
        "eight o'clock in the evening",
        "five to twelve",
    ]
    assert listed(["a", "b", "c"]) == "a, b and c"
