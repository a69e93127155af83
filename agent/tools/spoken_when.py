"""Days and times in the words a person would say: "Tuesday the 24th", "half past ten"."""

from __future__ import annotations

from datetime import date, datetime, time

from agent.tools.when import MONTHS, WEEKDAYS

_HOURS = ("twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
_MINUTES = {5: "five", 10: "ten", 15: "quarter", 20: "twenty", 25: "twenty-five"}


def day_words(day: date, today: date) -> str:
    """ "Tuesday the 24th", with the month when it is not this month's, and the year when it is not this year's."""
    words = f"{WEEKDAYS[day.weekday()].title()} the {_ordinal(day.day)}"
    if (day.year, day.month) != (today.year, today.month):
        words += f" of {MONTHS[day.month - 1].title()}"
    return words if day.year == today.year else f"{words} {day.year}"


def time_words(at: time) -> str:
    """ "ten o'clock", "half past ten", "quarter to eleven"; outside 7 to 18 with the part of the day."""
    if (at.hour, at.minute) in ((12, 0), (0, 0)):
        return "noon" if at.hour else "midnight"
    hour, following = _HOURS[at.hour % 12], _HOURS[(at.hour + 1) % 12]
    if at.minute == 0:
        words = f"{hour} o'clock"
    elif at.minute == 30:
        words = f"half past {hour}"
    elif at.minute in _MINUTES:
        words = f"{_MINUTES[at.minute]} past {hour}"
    elif 60 - at.minute in _MINUTES:
        words = f"{_MINUTES[60 - at.minute]} to {following}"
    else:
        words = f"{hour} {at.minute:02d}"
    if at.hour < 7:
        return f"{words} in the morning"
    return f"{words} in the evening" if at.hour >= 18 and (at.hour, at.minute) != (18, 0) else words


def moment_words(at: datetime, today: date) -> str:
    """ "Tuesday the 24th at half past ten"."""
    return f"{day_words(at.date(), today)} at {time_words(at.time())}"


def listed(parts: list[str], joiner: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {joiner} {parts[-1]}"


def _ordinal(n: int) -> str:
    suffix = "th" if 11 <= n <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"
