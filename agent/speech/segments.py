"""Where an answer is cut into the pieces that are synthesised one by one. Pure: text in, pieces out."""

from __future__ import annotations

import re

_CLAUSE = ",;:–—"
_SENTENCE = ".?!…"
_SENTENCE_CJK = "。！？"  # followed by no space
_CLOSING = "\"'”’)]»"
_NEVER_AN_END = re.compile(
    r"(?i)(mr|mrs|ms|dr|prof|sr|jr|st|nos?|vs|approx|dept|est|ext|tel|fig|capt|gen|lt|mt|ft|e\.g|i\.e|cf|incl|apt|ave|blvd|rd)$"
)
_MAYBE_AN_END = re.compile(  # a sentence ends there if the next one begins with a capital
    r"(?i)(a\.m|p\.m|am|pm|etc|inc|ltd|co|corp|u\.s|u\.k|ph\.d|b\.sc|min|max|hrs?"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)$"
)
_INITIAL = re.compile(r"(^|[\s.(])[A-Z]$")
_LIST_NUMBER = re.compile(r"(^|[.?!:;,]\s)\d{1,2}\.$")
_NEAR = 40  # characters that decide about a border
_SPEAKABLE = re.compile(r"\w")


class Cutter:
    """Text as it streams in -> segments to synthesise; the same segments however the text is split on its way.

    The first ends at a clause of at least `first_min` characters or at a word after `first_chars`, so that the voice
    starts early. The others are sentences, the short ones joined up to `least`, the long ones cut at clauses (else
    words, else anywhere) to at most `most`. No cut inside a number, a time, an abbreviation or an address.
    """

    def __init__(self, first_chars: int = 20, first_min: int = 8, least: int = 24, most: int = 220) -> None:
        self._first_chars, self._first_min, self._least, self._most = first_chars, first_min, least, most
        self._text = ""
        self._looked_at = 0
        self._first = True

    def push(self, text: str) -> list[str]:
        self._text += text
        return self._cut(ended=False)

    def end(self) -> list[str]:
        """What is left. The cutter may be used again, for another answer."""
        segments = self._cut(ended=True)
        if rest := self._text.strip():
            segments.append(rest)
        self._text, self._looked_at, self._first = "", 0, True
        return [s for s in segments if _SPEAKABLE.search(s)]

    def _cut(self, *, ended: bool) -> list[str]:
        segments = []
        while (at := self._border(ended)) is not None:
            segment, self._text = self._text[:at].strip(), self._text[at:].lstrip()
            self._looked_at, self._first = 0, False
            segments.append(segment)
        return [s for s in segments if _SPEAKABLE.search(s)]

    def _border(self, ended: bool) -> int | None:
        """The first border that will do, by what is known; None if more text is needed."""
        text, skipped = self._text, len(self._text) - len(self._text.lstrip())
        limit = skipped + self._most
        for at in range(max(self._looked_at, skipped + 1), min(len(text), limit + 1)):
            if not ended and _undecided(text, at):
                self._looked_at = at
                return None
            if not _may_cut(text, at):
                continue
            if self._suits(text, at, at - skipped):
                return at
        self._looked_at = max(0, min(len(text), limit + 1) - 1)
        if len(text) <= limit:
            return None
        return _longest(text, skipped, limit)

    def _suits(self, text: str, at: int, length: int) -> bool:
        if self._first:
            clause = text[at - 1] in _CLAUSE or _ends_sentence(text, at)
            return length >= self._first_chars or (clause and length >= self._first_min)
        return length >= self._least and _ends_sentence(text, at)


def _undecided(text: str, at: int) -> bool:
    """The words to come decide about this border."""
    if not text[at].isspace():
        return False
    before, after = _around(text, at)
    return not after or (before[-1:].isdigit() and after[0] in "aApP" and len(after) < 4 and not text[-1].isspace())


def _may_cut(text: str, at: int) -> bool:
    """Between two words that belong apart. `at` is the index of the white space, or of what follows a CJK stop."""
    if text[at - 1] in _SENTENCE_CJK:
        return True
    if not text[at].isspace():
        return False
    before, after = _around(text, at)
    if not before or not after:
        return bool(before)
    if before[-1].isdigit() and after[0].isdigit():
        return False  # 555 0199
    if before[-1].isdigit() and re.match(r"(?i)[ap]\.?m\b", after):
        return False  # 3:30 p.m.
    word = _last_word(before)
    return not (word.endswith(".") and _is_abbreviation(word, after) and not _MAYBE_AN_END.match(word[:-1]))


def _ends_sentence(text: str, at: int) -> bool:
    if text[at] == "\n" or text[at - 1] in _SENTENCE_CJK:
        return True
    before, after = _around(text, at)
    before = before.rstrip(_CLOSING)
    if not before or before[-1] not in _SENTENCE:
        return False
    if _LIST_NUMBER.search(before):
        return False
    return before[-1] != "." or not _is_abbreviation(_last_word(before), after)


def _around(text: str, at: int) -> tuple[str, str]:
    return text[max(0, at - _NEAR) : at].rstrip(), text[at : at + _NEAR].lstrip()


def _last_word(text: str) -> str:
    return re.split(r"[\s(]", text)[-1]


def _is_abbreviation(word: str, after: str) -> bool:
    """`word` ends with a dot that is not (or not surely) a sentence's end."""
    stem = word[:-1]
    if _NEVER_AN_END.match(stem) or _INITIAL.search(stem):
        return True
    return bool(_MAYBE_AN_END.match(stem)) and bool(after) and not after[0].isupper()


def _longest(text: str, skipped: int, limit: int) -> int:
    """Too long for one segment: the last clause border in its second half, else the last word, else anywhere."""
    window = [at for at in range(skipped + 1, limit + 1) if _may_cut(text, at)]
    clauses = [at for at in window if text[at - 1] in _CLAUSE and at - skipped >= (limit - skipped) // 3]
    return clauses[-1] if clauses else window[-1] if window else limit
