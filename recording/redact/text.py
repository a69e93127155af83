"""What in a text tells who somebody is, and the text without it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers

from recording.redact.digits import WORDS, passes_luhn, runs


class Kind(StrEnum):
    CARD = "card"
    NUMBER = "number"  # telephone, account, insurance, date of birth in digits: whatever is long enough to be one
    EMAIL = "email"
    ADDRESS = "address"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Found:
    start: int
    end: int
    kind: Kind


_FEWEST_DIGITS = 5  # four are a year, a time or a room: "half past", "2026", "at 1430"
_CARD_DIGITS = range(13, 20)  # ISO/IEC 7812-1
_WORD = r"[^\W\d_][\w'’-]*"
_EMAIL = re.compile(
    r"[\w.+-]+\s?@\s?[\w-]+(\.[\w-]+)+|[\w.+-]+(\s+dot\s+[\w-]+)*\s+at\s+[\w-]+(\s+dot\s+[\w-]+)+", re.I
)
_STREET = "street|st|road|rd|avenue|ave|lane|ln|drive|close|court|way|square|terrace|crescent|gardens|place"
_HOUSE = rf"(?:\d{{1,5}}[a-z]?|(?:(?:{'|'.join(sorted(WORDS, key=len, reverse=True))})\s?){{1,3}})"
_ADDRESS = re.compile(
    rf"\b{_HOUSE}\s+(?P<name>{_WORD}(?:\s+{_WORD})?)\s+(?:{_STREET})\b"  # 12 orchard road, twelve orchard road
    rf"|\b{_WORD}(?:straße|strasse|weg|platz|allee|gasse)\b(?:\s+\d{{1,4}}[a-z]?)?"
    r"|\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b",  # a British postcode
    re.I,
)
_CALLED = re.compile(
    r"\b(?:my (?:full |last |first |sur)?name(?:'s| is)|name is|surname is|i am called|call me|this is|it's|i'm"
    r"|speaking with|mein name ist|ich heiße|ich heisse|hier ist|hier spricht)"
    rf"\s+((?:{_WORD})(?:\s+{_WORD}){{0,2}})",
    re.I,
)
# What follows "this is" or "I'm" and is no name: a name ends at the first of them.
_PLAIN = (
    "a an the and or but for from about to of at in on with my your our their not very really just still here there it",
    "is that what when where who why how i you he she we they calling speaking ringing looking trying going getting",
    "having afraid sorry sure fine ok okay good great well free busy late sick ill unable able available happy glad",
    "new old right wrong correct perfect urgent important terrible unfortunately actually also only all please thanks",
    "thank yes no today tomorrow monday tuesday wednesday thursday friday saturday sunday der die das ein eine und",
    "oder aber für von zu in im am mit mein ihr nicht sehr hier da es ja nein bitte danke",
)
_NO_NAME = frozenset(word for words in _PLAIN for word in words.split())


def find(text: str, names: Collection[str] = ()) -> list[Found]:
    """Every place, in order, none in another. `names` are known from the call: taken out wherever they are said."""
    found = [*_numbers(text), *_matches(_EMAIL, text, Kind.EMAIL), *_addresses(text)]
    found += [*_introduced(text), *_known(text, names)]
    return _apart(found)


def redacted(text: str, found: Sequence[Found]) -> str:
    """The text with `[name]`, `[number]` ... in the places of `found`."""
    parts, at = [], 0
    for each in found:
        parts += [text[at : each.start], f"[{each.kind.value}]"]
        at = each.end
    return "".join([*parts, text[at:]])


def _numbers(text: str) -> Iterator[Found]:
    for run in runs(text):
        if len(run.digits) in _CARD_DIGITS and passes_luhn(run.digits):
            yield Found(run.start, run.end, Kind.CARD)
        elif len(run.digits) >= _FEWEST_DIGITS:
            yield Found(run.start, run.end, Kind.NUMBER)
    for match in phonenumbers.PhoneNumberMatcher(text, None):
        yield Found(match.start, match.end, Kind.NUMBER)


def _matches(pattern: re.Pattern[str], text: str, kind: Kind) -> Iterator[Found]:
    for match in pattern.finditer(text):
        yield Found(match.start(), match.end(), kind)


def _addresses(text: str) -> Iterator[Found]:
    for match in _ADDRESS.finditer(text):
        # "at two on the way" is no address
        if not _NO_NAME & {word.casefold() for word in (match["name"] or "").split()}:
            yield Found(match.start(), match.end(), Kind.ADDRESS)


def _introduced(text: str) -> Iterator[Found]:
    """ "my name is ada king and I ..." : ada king."""
    for match in _CALLED.finditer(text):
        end = match.start(1)
        for word in re.finditer(_WORD, match.group(1)):
            if word.group().casefold() in _NO_NAME:
                break
            end = match.start(1) + word.end()
        if end > match.start(1):
            yield Found(match.start(1), end, Kind.NAME)


def _known(text: str, names: Collection[str]) -> Iterator[Found]:
    """Whole names, and each of their parts that is long enough to be nothing else."""
    for name in names:
        parts = [part for part in re.findall(_WORD, name) if len(part) > 2 and part.casefold() not in _NO_NAME]
        for part in parts:
            for match in re.finditer(rf"(?<!\w){re.escape(part)}(?!\w)", text, re.I):
                yield Found(match.start(), match.end(), Kind.NAME)


def _apart(found: Iterable[Found]) -> list[Found]:
    """Overlapping and neighbouring ones of a kind as one; of two kinds the one that begins first has the place."""
    kept: list[Found] = []
    for each in sorted(found, key=lambda place: (place.start, -place.end)):
        if kept and each.start < kept[-1].end:
            kept[-1] = Found(kept[-1].start, max(kept[-1].end, each.end), kept[-1].kind)
        elif kept and each.kind is kept[-1].kind and each.start - kept[-1].end <= 1:
            kept[-1] = Found(kept[-1].start, each.end, each.kind)
        else:
            kept.append(each)
    return kept
