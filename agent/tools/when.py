"""Days and times as callers say them and models pass them on: "next tuesday", "2026-03-04", "half past two", "3 pm".

Pure functions of the text and of today's date. A text that is not understood, or says two things, is None or empty: the
tool then asks, and never guesses. A time without am or pm has two readings; the opening hours decide (slots.py).
"""

from __future__ import annotations

import re
from datetime import date, time, timedelta

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
)
_NUMBERS = {word: n for n, word in enumerate([*_UNITS.split(), "eighteen", "nineteen"])}
_NUMBERS |= {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "a": 1, "an": 1, "oh": 0}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12}
_ORDINALS |= {"twentieth": 20, "thirtieth": 30}
_ORDINALS |= {word + "th": n for word, n in _NUMBERS.items() if n in (4, 6, 7, 10, 11, *range(13, 20))}
_FIXED = {"today": 0, "tonight": 0, "now": 0, "tomorrow": 1, "yesterday": -1}
_FIXED |= {"day after tomorrow": 2, "a day after tomorrow": 2}
_DAYS_AHEAD = re.compile(r"(?:in )?([a-z]+|\d{1,3}) days?(?: from (now|today|tomorrow)| time)?")
_WEEKS_AHEAD = re.compile(
    rf"(?:in )?([a-z]+|\d{{1,3}}) weeks?(?:(?: from)? (now|today|tomorrow|{'|'.join(WEEKDAYS)})| time)?"
)
_PARTS = {"morning": (time(0), time(12)), "afternoon": (time(12, 30), time(18)), "evening": (time(17), time(23, 59))}
_NOT_PART_OF_A_TIME = {
    "at",
    "around",
    "about",
    "the",
    "o'clock",
    "oclock",
    "minutes",
    "in",
    "exactly",
    "hours",
    "hrs",
    "sharp",
}
_NOT_PART_OF_A_DAY = {"on", "the", "of", "for", "coming", "this", "please", "date"}


def parse_time(text: str) -> tuple[time, ...]:
    """The times `text` may mean, the likelier first; empty when it names none."""
    text = re.sub(r"^\d{4}-\d{2}-\d{2}[t ]+", "", text.lower().strip())
    text = re.sub(r"(?<![a-z])([ap])\.?\s?m\b\.?", r" \1m ", text).replace("-", " ")
    text = re.sub(r"(\d)[:.h](\d\d)(?::\d\d(?:\.\d+)?)?(?:z|[+]\d\d:?\d\d)?\b", r"\1 \2", text)
    half = "am" if re.search(r"\b(am|morning)\b", text) else ""
    if re.search(r"\b(pm|afternoon|evening|tonight|night)\b", text):
        if half:
            return ()
        half = "pm"
    text = re.sub(r"\b(am|pm|morning|afternoon|evening|tonight|night)\b", " ", text)
    words = [w for w in re.findall(r"[a-z']+|\d+", text) if w not in _NOT_PART_OF_A_TIME]
    if words in (["noon"], ["midday"]):
        return (time(12),)
    if words == ["midnight"]:
        return (time(0),)
    clock = _clock(_numbered(words))
    return _readings(*clock, half) if clock else ()


def part_of_day(text: str) -> tuple[time, time] | None:
    """From and to of "in the morning", "afternoon", "evening"; None when `text` names no part of a day."""
    return next((part for name, part in _PARTS.items() if name in text.lower()), None)


def parse_day(text: str, today: date) -> date | None:
    """The day `text` means when said on `today` (the practice's date); None: it names none or contradicts itself."""
    text = text.lower().strip()
    if iso := re.search(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", text):
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    if slashed := re.fullmatch(r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}))?\.?", text):
        return _slashed(int(slashed[1]), int(slashed[2]), slashed[3], today)
    if re.fullmatch(r"this (morning|afternoon|evening)", text):
        return today
    text = re.sub(r"(\d)(st|nd|rd|th)\b", r"\1", text)
    words = [w for w in re.findall(r"[a-z]+|\d+", text.replace("-", " ")) if w not in _NOT_PART_OF_A_DAY or w == "this"]
    words = ["this" if w == "coming" else w for w in words if w not in ("morning", "afternoon", "evening")]
    return _relative(words, today) or _calendar(_numbered(words, ordinals=True), today)


def _numbered(words: list[str], *, ordinals: bool = False) -> list[str | int]:
    """Number words as numbers, "forty five" as one; with `ordinals` also "twenty first"."""
    table = _NUMBERS | _ORDINALS if ordinals else _NUMBERS
    found: list[str | int] = []
    spelled = False  # the last number was a spelled ten, which a spelled unit may complete
    for word in words:
        number = int(word) if word.isdigit() and len(word) <= 4 else table.get(word)
        if number is None:
            found.append(word)
        elif spelled and 1 <= number <= 9 and not word.isdigit() and isinstance(ten := found[-1], int):
            found[-1] = ten + number
        elif word != "oh":
            found.append(number)
        spelled = word in ("twenty", "thirty", "forty", "fifty")
    return found


def _clock(words: list[str | int]) -> tuple[int, int] | None:
    """Hour and minute of "half past 2", "quarter to 3", "20 past 4", "10 30", "10"."""
    words = [w for w in words if w != 1 or words[-1] == 1 or "quarter" not in words]  # "a quarter past two"
    match words:
        case ["half", "past" | "after", int(h)] | ["half", int(h)]:
            return h, 30
        case ["quarter", "past" | "after", int(h)]:
            return h, 15
        case ["quarter", "to" | "before" | "of", int(h)]:
            return _before(h, 15)
        case [int(m), "past" | "after", int(h)]:
            return h, m
        case [int(m), "to" | "before" | "of", int(h)]:
            return _before(h, m)
        case [int(h), int(m)]:
            return h, m
        case [int(h)] if h <= 24:
            return h, 0
        case [int(hm)] if 100 <= hm <= 2359:  # "1030", as models write it
            return hm // 100, hm % 100
    return None


def _before(hour: int, minutes: int) -> tuple[int, int]:
    return (hour - 1 if hour > 1 else 12), 60 - minutes


def _readings(hour: int, minute: int, half: str) -> tuple[time, ...]:
    if hour == 24 and minute == 0:
        hour = 0
    if not (0 <= hour <= 23 and 0 <= minute <= 59):
        return ()
    morning, afternoon = time(hour % 12, minute), time(hour % 12 + 12, minute)
    if hour > 12 or hour == 0:
        return (time(hour, minute),)
    if half:
        return (afternoon,) if half == "pm" else (morning,)
    return (morning, afternoon) if 7 <= hour <= 11 else (afternoon, morning)


def _relative(words: list[str], today: date) -> date | None:
    """Days counted from today, and weekdays by name."""
    if not set(words) & set(WEEKDAYS):
        words = [w for w in words if w != "this"]
    joined = " ".join(words)
    if joined in _FIXED:
        return today + timedelta(_FIXED[joined])
    if days := _DAYS_AHEAD.fullmatch(joined):
        ahead = _count(days[1])
        return today + timedelta(ahead + (days[2] == "tomorrow")) if ahead else None
    if (weeks := _WEEKS_AHEAD.fullmatch(joined)) and weeks[1] not in WEEKDAYS:
        ahead = _count(weeks[1])
        start = _next(weeks[2], today, same_day=False) if weeks[2] in WEEKDAYS else today
        return start + timedelta(7 * ahead + (weeks[2] == "tomorrow")) if ahead else None
    match words:
        case [day, "week"] | ["week", day] if day in WEEKDAYS:
            return _next(day, today, same_day=False) + timedelta(7)
        case [day] if day in WEEKDAYS:
            return _next(day, today, same_day=False)
        case ["this", day] if day in WEEKDAYS:
            return _next(day, today, same_day=True)
        case ["next", day] if day in WEEKDAYS:
            return today - timedelta(today.weekday()) + timedelta(7 + WEEKDAYS.index(day))
    return None


def _count(word: str) -> int:
    """1 to 730, or 0 for what is no such number."""
    number = int(word) if word.isdigit() else _NUMBERS.get(word, 0)
    return number if number <= 730 else 0


def _next(weekday: str, today: date, *, same_day: bool) -> date:
    ahead = (WEEKDAYS.index(weekday) - today.weekday()) % 7
    return today + timedelta(ahead if ahead or same_day else 7)


def _calendar(words: list[str | int], today: date) -> date | None:
    """ "4 march", "march 4 2026", "24", each with or without a weekday, which then has to agree."""
    weekday = next((w for w in words if w in WEEKDAYS), None)
    rest = [w for w in words if w not in WEEKDAYS and w not in ("this", "next")]
    months = [
        i for i, name in enumerate(MONTHS, 1) for w in rest if isinstance(w, str) and len(w) > 2 and name.startswith(w)
    ]
    numbers = [w for w in rest if isinstance(w, int)]
    if len(rest) != len(months) + len(numbers) or not numbers or len(months) > 1 or len(numbers) > 2:
        return None
    if months:
        year = numbers[1] if len(numbers) == 2 else None
        found = _date(year, months[0], numbers[0]) if year else _coming(months[0], numbers[0], today)
    else:
        found = _coming(None, numbers[0], today) if len(numbers) == 1 else None
    if found and weekday and found.weekday() != WEEKDAYS.index(str(weekday)):
        return None
    return found


def _coming(month: int | None, day: int, today: date) -> date | None:
    """The first such day from today on: in any month, or in that one."""
    for ahead in range(24 if month is None else 60):
        year, index = divmod(today.year * 12 + today.month - 1 + ahead, 12)
        found = _date(year, index + 1, day) if month in (None, index + 1) else None
        if found and found >= today:
            return found
    return None


def _slashed(a: int, b: int, year: str | None, today: date) -> date | None:
    """ "24/3" and "3/24" say the same; "4/3" says two things and so none."""
    if (a > 12) == (b > 12) and a != b:
        return None
    day, month = (a, b) if a > 12 else (b, a)
    return _date(int(year), month, day) if year else _coming(month, day, today)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
