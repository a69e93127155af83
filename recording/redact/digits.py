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
_TENS = (
    "twenty thirty forty fifty sixty seventy eighty ninety",
    "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
)
_PLAIN = (
    {word: str(number) for words in _ONES for number, word in enumerate(words.split())}
    | {word: f"{number}0" for words in _TENS for number, word in enumerate(words.split(), 2)}
    | {
        f"{one}und{ten}": f"{tens}{ones}"
        for tens, ten in enumerate(_TENS[1].split(), 2)
        for ones, one in enumerate(("ein", *_ONES[1].split()[2:10]), 1)
    }
    | {"oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0", "zwo": "2", "ein": "1", "eine": "1"}
    | {"hundred": "00", "hundert": "00"}
)
# Recognisers write "fünf" as they like.
WORDS = _PLAIN | {
    word.replace("ü", "ue").replace("ö", "oe").replace("ß", "ss"): digits for word, digits in _PLAIN.items()
}
_TIMES = {"double": 2, "triple": 3, "treble": 3, "doppel": 2, "doppelt": 2, "zweimal": 2, "dreimal": 3}
# What may stand between the digits of one number.
_BETWEEN = (
    "and then plus hyphen dash minus space dot point slash um uh er erm hmm ah okay ok so yes right thousand",
    "und dann strich bindestrich punkt schrägstrich äh ähm öh ja also genau tausend",
)
_FILLERS = frozenset(word for words in _BETWEEN for word in words.split())
_TOKEN = re.compile(r"\d+|[^\W\d_]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Run:
    """Digits said one after another: from `start` to `end` in the text."""

    start: int
    end: int
    digits: str


def runs(text: str) -> Iterator[Run]:
    """Every run of digits, written or said, in order. Whatever is no word joins them: "020 / 7946: 0958" is one."""
    start = end = 0
    digits = ""
    times = 1
    for token in _TOKEN.finditer(text):
        word = token.group().casefold()
        said = word if word.isdecimal() else WORDS.get(word)
        if said is not None:
            if not digits:
                start = token.start()
            digits, end, times = digits + said * times, token.end(), 1
        elif word in _TIMES:
            times = _TIMES[word]
        elif digits and word not in _FILLERS:
            yield Run(start, end, digits)
            digits, times = "", 1
    if digits:
        yield Run(start, end, digits)
