"""Numbers as people say them: "oh seven double four one two" is one run of digits, and so is "07441 2"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn",
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
WORDS = (
    {word: str(number) for words in _ONES for number, word in enumerate(words.split())}
    | {word: f"{number}0" for number, word in enumerate(_TENS.split(), 2)}
    | {"oh": "0", "o": "0", "zwo": "2", "ein": "1", "eine": "1"}
)
_TIMES = {"double": 2, "triple": 3, "doppel": 2}
# What may stand between the digits of one number.
_FILLERS = frozenset(("and", "then", "plus", "hyphen", "dash", "minus", "space", "und", "dann", "strich"))
_TOKEN = re.compile(r"\d+|[^\W\d_]+", re.UNICODE)
_APART = re.compile(r"[\s\d.,()/+-]*\Z")


@dataclass(frozen=True, slots=True)
class Run:
    """Digits said one after another: from `start` to `end` in the text."""

    start: int
    end: int
    digits: str


def runs(text: str) -> Iterator[Run]:
    """Every run of digits, written or said, in order."""
    start = end = 0
    digits = ""
    times = 1
    for token in _TOKEN.finditer(text):
        word = token.group().casefold()
        said = word if word.isdecimal() else WORDS.get(word)
        joined = not digits or _APART.fullmatch(text[end : token.start()]) is not None
        if digits and not joined:
            yield Run(start, end, digits)
            digits, times = "", 1
        if said is not None:
            if not digits:
                start = token.start()
            digits, end, times = digits + said * times, token.end(), 1
        elif word in _TIMES:
            times = _TIMES[word]
            if digits:
                end = token.end()
        elif digits and word in _FILLERS:
            end = token.end()
        elif digits:
            yield Run(start, end, digits)
            digits, times = "", 1
    if digits:
        yield Run(start, end, digits)


def passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B: the check digit of card numbers."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
