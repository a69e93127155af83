"""What is spelled: "k i n g", "K for kilo, I as in India", "s w one a one a a", "kilo india november golf"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recording.redact.digits import WORDS

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)
_NATO = (
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa "
    "quebec romeo sierra tango uniform victor whiskey xray yankee zulu"
)
_ALPHABET = frozenset(_NATO.split())
_AS_IN = frozenset(("for", "as", "in", "like", "wie"))
_FEWEST = 3  # "a", "i" and "o" are words: two of them meet by chance


def spelled(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each. Digits may stand between the letters: postcodes and number plates have both."""
    start = end = letters = 0
    example = False  # the word of "k for kilo" comes next
    for token in _TOKEN.finditer(text):
        word = token.group().casefold()
        if (len(word) == 1 and word.isalpha()) or word in _ALPHABET:
            letters, start, end, example = letters + 1, token.start() if not letters else start, token.end(), False
        elif letters and word in _AS_IN:
            example = True
        elif letters and example:
            end, example = token.end(), False
        elif letters and (word in WORDS or word.isdecimal() or word in ("double", "doppel")):
            end = token.end()
        else:
            if letters >= _FEWEST:
                yield start, end
            letters, example = 0, False
    if letters >= _FEWEST:
        yield start, end
