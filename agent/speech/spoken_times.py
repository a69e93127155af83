"""Times of day as people say them: "08:30-12:30" -> "eight thirty to twelve thirty". English; other languages keep
their digits, which their voices know better than we do.

Voices read "13:30" as a ratio or a date, and the neural ones have no rules for it at all.
"""

from __future__ import annotations

import re

_TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d"
_ONE = re.compile(rf"(?<![\w:.])({_TIME})(?![\w:])")
_RANGE = re.compile(rf"(?<![\w:.])({_TIME})[-\u2013\u2014]({_TIME})(?![\w:])")

_HOURS = ("twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("", "", "twenty", "thirty", "forty", "fifty")
_ONES = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def say_times(word: str) -> str:
    """Every time of day in `word` (24 or 12 hours, with minutes) in words; everything else as it is."""
    if ":" not in word:
        return word
    word = _RANGE.sub(lambda m: f"{say_time(m[1])} to {say_time(m[2])}", word)
    return _ONE.sub(lambda m: say_time(m[1]), word)


def say_time(text: str) -> str:
    """ "13:05" -> "one oh five"; on the hour "ten o'clock", "noon" and "midnight" for 12:00 and 00:00."""
    hour, minute = (int(part) for part in text.split(":"))
    if minute == 0:
        return {0: "midnight", 12: "noon"}.get(hour, f"{_HOURS[hour % 12]} o'clock")
    return f"{_HOURS[hour % 12]} {_minutes(minute)}"


def _minutes(minute: int) -> str:
    if minute < 10:
        return f"oh {_ONES[minute]}"
    if minute < 20:
        return _TEENS[minute - 10]
    return f"{_TENS[minute // 10]} {_ONES[minute % 10]}".rstrip()
