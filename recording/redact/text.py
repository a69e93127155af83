"""What in a text tells who somebody is, and the text without it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers

from ops import luhn
from recording.redact.digits import WORDS, runs
from recording.redact.spelled import spelled


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


FEWEST_DIGITS = 5  # four are a year, a time or a room: "half past", "2026", "at 1430"
# Opening hours as a model writes them, "08:30-12:30 and 13:30-18:00", are nobody's number.
_TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d"
_HOURS = re.compile(rf"{_TIME}(?:\s*(?:[-–,]|to|and|bis|und)\s*{_TIME})*")
_CARD_DIGITS = range(13, 20)  # ISO/IEC 7812-1
# Every pattern begins where a word does, and takes words without giving letters back: time grows with the text's
# length and not with its square.
_BEGINS = r"(?<![\w'’.+-])"
_WORD = r"[^\W\d_][\w'’-]*"
_NAME_WORDS = rf"((?:{_WORD})(?:\s+{_WORD}){{0,2}})"
_DOT = r"\s+(?:dot|punkt|point|underscore|unterstrich|dash|hyphen|minus|bindestrich|plus)\s+"
_EMAIL = re.compile(
    rf"{_BEGINS}[\w.+-]++(?:{_DOT}[\w.+-]++){{0,8}}(?:\s?@\s?|\s+(?:at|ät|ed)\s+)"
    rf"(?:[\w-]+(?:(?:{_DOT}|\.)[\w-]+){{1,6}})",
    re.I,
)
_STREET = (
    "street|st|road|rd|avenue|ave|lane|ln|drive|close|court|way|square|terrace|crescent|gardens|place|boulevard|blvd"
    "|parkway|highway|grove|hill|mews|row|parade|quay|wharf|circus|broadway"
)
_SAID = "|".join(sorted(WORDS, key=len, reverse=True))
_HOUSE = rf"(?:\d{{1,5}}[a-z]?|(?:(?:{_SAID})[\s-]?){{1,3}})"
_ADDRESS = re.compile(
    rf"\b{_HOUSE}\s+(?:(?P<name>{_WORD}(?:\s+{_WORD})?)\s+)(?:{_STREET})\b"  # 12 orchard road, twelve orchard road
    rf"|(?<![\w'’-]){_WORD}(?:straße|strasse|weg|platz|allee|gasse)\b(?:\s+(?:\d{{1,4}}[a-z]?|(?:{_SAID})\b))?"
    rf"|(?<![\w'’-]){_WORD}(?:str\.|str|damm|ufer|chaussee)\s*\d{{1,4}}[a-z]?\b"
    r"|\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b",  # a British postcode
    re.I,
)
_CALLED = re.compile(
    r"\b(?:\w*name(?:['’]s| is| ist| lautet)|i am(?: called)?|i['’]m called|(?:call|calls) me|this is|it['’]s"
    r"|i['’]m|speaking (?:with|to)|on behalf of|ich heiße|ich heisse|ich bin|hier ist|hier spricht"
    r"|mr\.?|mrs\.?|ms\.?|miss|mister|dr\.?|prof\.?|professor|herrn?|frau|familie)"
    rf"\s+{_NAME_WORDS}",
    re.I,
)
_ANSWERS = re.compile(  # "hello ada king here"
    r"\A\W*(?:(?:hello|hi|hey|yes|yeah|hallo|ja|good|guten|morning|afternoon|evening|tag|morgen|abend)\W+){0,3}"
    rf"{_NAME_WORDS}\s+(?:speaking|here|hier|am apparat|am telefon)\b",
    re.I,
)
_MONTH = (
    "january|february|march|april|may|june|july|august|september|october|november|december|januar|februar|märz|maerz"
    "|mai|juni|juli|oktober|dezember|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
_DAY = r"(?<![\w'’-])(?:\d{1,2}(?:st|nd|rd|th|\.)?|[^\W\d_]+(?:st|nd|rd|th|te|ten))"
_YEAR = (
    r"(?:(?:19|20)\d\d|neunzehnhundert\w*|zweitausend\w*"
    r"|(?:nineteen|two thousand|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\b)"
    r"(?:[\s-]+(?:and\s+)?[\w-]+)?)"
)
_BORN = re.compile(
    rf"(?:{_DAY}\s+(?:of\s+)?(?:{_MONTH})|\b(?:{_MONTH})\.?\s+(?:the\s+)?[\w-]+)[\s,]+{_YEAR}"
    r"|\b(?:born|date of birth|birthday|geboren|geburtsdatum|geburtstag)\b[^.?!]{1,60}",
    re.I,
)
_CODE = re.compile(r"\b(?=[^\W\d]*\d)(?=\d*[^\W\d_])\w{6,}\b")  # AB12CD34: a policy, a passport, a number plate
# What follows "this is" or "I'm" and is no name: a name ends at the first of them.
_PLAIN = (
    "a an the and or but for from about to of at in on with my your our their not very really just still here there it",
    "is that what when where who why how i you he she we they calling speaking ringing looking trying going getting",
    "having afraid sorry sure fine ok okay good great well free busy late sick ill unable able available happy glad",
    "new old right wrong correct perfect urgent important terrible unfortunately actually also only all please thanks",
    "thank yes no today tomorrow monday tuesday wednesday thursday friday saturday sunday der die das ein eine und",
    "oder aber für von zu in im am mit mein ihr nicht sehr hier da es ja nein bitte danke",
)
NO_NAME = frozenset(word for words in _PLAIN for word in words.split())
# "at two on the way home", "ten minutes drive"; but 12 New Road, and 12 The Avenue.
_ON_THE_WAY = "on in of at to by from for and or is was minute minutes hour hours"
_NO_STREET = frozenset(_ON_THE_WAY.split())


def find(text: str, names: Collection[str] = (), also: Iterable[Found] = ()) -> list[Found]:
    """Every place, in order, none in another. `names` are known from the call: taken out wherever they are said; `also`
    are places that are known already."""
    found = [*_numbers(text), *_matches(_EMAIL, text, Kind.EMAIL), *_addresses(text)]
    found += [*_matches(_BORN, text, Kind.NUMBER), *_matches(_CODE, text, Kind.NUMBER)]
    found += [*_introduced(text), *_known(text, names)]
    found += [Found(start, end, Kind.NAME) for start, end in spelled(text)]
    return _apart([*also, *found])


def redacted(text: str, found: Sequence[Found]) -> str:
    """The text with `[name]`, `[number]` ... in the places of `found`."""
    parts, at = [], 0
    for each in found:
        parts += [text[at : each.start], f"[{each.kind.value}]"]
        at = each.end
    return "".join([*parts, text[at:]])


def _numbers(text: str) -> Iterator[Found]:
    for run in runs(text):
        if _HOURS.fullmatch(text[run.start : run.end]):
            continue
        if len(run.digits) in _CARD_DIGITS and luhn.passes(run.digits):
            yield Found(run.start, run.end, Kind.CARD)
        elif len(run.digits) >= FEWEST_DIGITS:
            yield Found(run.start, run.end, Kind.NUMBER)
    for match in phonenumbers.PhoneNumberMatcher(text, None):
        yield Found(match.start, match.end, Kind.NUMBER)


def _matches(pattern: re.Pattern[str], text: str, kind: Kind) -> Iterator[Found]:
    for match in pattern.finditer(text):
        yield Found(match.start(), match.end(), kind)


def _addresses(text: str) -> Iterator[Found]:
    for match in _ADDRESS.finditer(text):
        name = (match["name"] or "").casefold().split()
        if not name or name[0] not in _NO_STREET:
            yield Found(match.start(), match.end(), Kind.ADDRESS)


def _introduced(text: str) -> Iterator[Found]:
    """ "my name is ada king and I ..." : ada king."""
    for match in (*_CALLED.finditer(text), *_ANSWERS.finditer(text)):
        end = match.start(1)
        for word in re.finditer(_WORD, match.group(1)):
            if word.group().casefold() in NO_NAME:
                break
            end = match.start(1) + word.end()
        if end > match.start(1):
            yield Found(match.start(1), end, Kind.NAME)


def _known(text: str, names: Collection[str]) -> Iterator[Found]:
    """Whole names, and each of their parts that is long enough to be nothing else."""
    for name in names:
        words = re.findall(_WORD, name)
        parts = {part for part in words if len(part) > 2 and part.casefold() not in NO_NAME}
        whole = [r"\s+".join(map(re.escape, words))] if words else []
        for pattern in (*whole, *map(re.escape, parts | {_ascii(part) for part in parts})):
            for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", text, re.I):
                yield Found(match.start(), match.end(), Kind.NAME)


def _ascii(word: str) -> str:
    """Koenig: as some write what is said."""
    return word.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")


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
