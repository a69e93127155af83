"""What the receptionist last asked, and what a tool's answer says: read from their words.

Nothing is kept between requests, and what was said may have been cut short by the caller or said by another model, so a
question is known by its words and not by who wrote it.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from local.stand_ins.chat.words import has, plain


class Asked(Enum):
    """What the last words of the receptionist ask for."""

    NOTHING = auto()
    NAME = auto()
    DAY = auto()
    TIME = auto()
    MESSAGE = auto()
    NUMBER = auto()
    REASON = auto()
    CONFIRM = auto()
    WHICH_OFFER = auto()
    TAKE_MESSAGE = auto()
    ANYTHING_ELSE = auto()
    OPEN = auto()


_QUESTIONS = (
    (Asked.ANYTHING_ELSE, r"anything else"),
    (Asked.TAKE_MESSAGE, r"(?:take|leave) a message"),
    (Asked.MESSAGE, r"what (?:is the|message|would you like me to (?:tell|say|pass))|what should i (?:tell|say)"),
    (Asked.NUMBER, r"what number|which number|phone number|number can we"),
    (Asked.NAME, r"your (?:full )?name|what name|which name|name (?:is|was) (?:it|the appointment)"),
    (
        Asked.WHICH_OFFER,
        r"one of (?:those|these)|which (?:one|of)|is that the one|would (?:that|those) suit|which suits",
    ),
    (Asked.CONFIRM, r"shall i (?:book|move|cancel|go|do)|is (?:that|this) (?:right|correct)|shall i"),
    (Asked.DAY, r"(?:which|what) day|when would"),
    (Asked.TIME, r"(?:what|which) time|at what time|when on"),
    (Asked.REASON, r"what (?:is it|is the appointment|is this) (?:for|about)|reason"),
    (Asked.OPEN, r"(?:how|what) (?:can|may) i (?:help|do)|what would you like"),
)

_UNCLEAR = re.compile(
    r"didn't (?:quite )?(?:catch|get|understand)|did not (?:catch|get|understand)|still didn't|trouble understanding"
)


def asked(text: str) -> Asked:
    """What the receptionist's `text` asks; its last question counts, or all of it where there is no question mark."""
    sentences = re.findall(r"[^.!?]+[.!?]*", text)
    questions = [plain(sentence) for sentence in sentences if "?" in sentence]
    words = questions[-1] if questions else plain(text)
    return next((kind for kind, pattern in _QUESTIONS if has(pattern, words)), Asked.NOTHING)


def was_unclear(text: str) -> bool:
    """Whether the receptionist said that it did not understand."""
    return _UNCLEAR.search(text.lower()) is not None


@dataclass(frozen=True)
class Answer:
    """A tool's answer: what of it may be spoken, what it offers, and what it tells the model to do next."""

    spoken: str
    done: bool
    offers: tuple[tuple[str, str], ...]
    instructions: str


_INSTRUCTION = re.compile(
    r"^(?:repeat|say|tell|ask|offer|do not|don't|give|call|confirm|use|listen|pass|make|keep|try|please"
    r"|nothing is confirmed|then|if)\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:booked|moved|cancelled|canceled|kept|taken down|noted|passed on|confirmed|already|success|ok)\b",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"\b(?:not|no|isn't|is taken|taken;|closed|is past|passed already|too far|too many"
    r"|unknown|error|failed|nobody|could|cannot|can't|needed"
    r"|another time|appointments on)\b",
    re.IGNORECASE,
)
_MOMENT = re.compile(
    r"((?:mon|tues|wednes|thurs|fri|satur|sun)day(?: the \w+(?: of \w+)?(?: \d{4})?)?) at ([a-z' -]+?\w)"
    r"(?=,| and | or |\.|;|$)",
    re.IGNORECASE,
)
_SPOKEN_AS = (
    (r"\bthe caller has\b", "you have"),
    (r"\bthe caller's\b", "your"),
    (r"\bthe caller\b", "you"),
    (r"\bNearest free:", "The nearest free times are"),
    (r"\bNot done\. ", ""),
)


def answer(text: str) -> Answer:
    """A tool's answer, plain text or JSON, sorted into what is for the caller and what is for the model."""
    sentences = [s.strip() for s in re.split(r"(?<=[.!?])\s+", _flattened(text)) if s.strip()]
    instructions = [s for s in sentences if _INSTRUCTION.match(s)]
    said = " ".join(s for s in sentences if s not in instructions)
    for pattern, words in _SPOKEN_AS:
        said = re.sub(pattern, words, said, flags=re.IGNORECASE)
    said = said[:1].upper() + said[1:]
    if said and said[-1] not in ".!?":
        said += "."
    plain_said = re.sub(r"no longer", "", said)
    return Answer(
        spoken=said,
        done=bool(_DONE.search(plain_said)) and not _FAILED.search(plain_said),
        offers=tuple((day, time) for day, time in _MOMENT.findall(said)),
        instructions=" ".join(instructions).lower(),
    )


def _flattened(text: str) -> str:
    """`{"status": "booked", "when": "..."}` as "booked, ...": the values of flat JSON are all that can be spoken."""
    stripped = text.strip()
    if not stripped.startswith("{"):
        return stripped.strip('"')
    values = re.findall(r'"\s*:\s*"([^"]*)"', stripped)
    return ", ".join(values)
