"""What the words at the other end say of who answered, by phrases that are the same everywhere. English.

In other languages nothing is found: then how long they speak, pauses and the tone decide (agent/outbound/screening.py).
"""

from __future__ import annotations

import re
from enum import StrEnum


class Hint(StrEnum):
    NO_MAILBOX = "no_mailbox"  # nobody, and nothing can be left
    MACHINE = "machine"  # an answering machine: wait for its tone
    MENU = "menu"  # asks for keys
    RECEPTION = "reception"  # somebody's word of welcome, however long
    LIKELY_MACHINE = "likely_machine"  # said by machines mostly: do not begin to speak on a short pause


_ANSWERS = r"(?:zero|one|two|three|four|five|six|seven|eight|nine|\d|star|pound|hash|any key)"
# In this order: "to leave a message, press one, or wait for the tone" is a machine.
_HINTS: tuple[tuple[Hint, re.Pattern[str]], ...] = (
    (
        Hint.NO_MAILBOX,
        re.compile(
            r"not (?:been )?set ?up|mail ?box (?:is|was) full|(?:not in|out of) service|no longer in service"
            r"|(?:has been|is) disconnected|number you (?:have )?(?:dialed|dialled) (?:is|was) (?:not|incorrect)"
            r"|is not (?:accepting|taking) (?:calls|messages)|check the number"
        ),
    ),
    (
        Hint.MACHINE,
        re.compile(
            r"(?:after|at|following|hear|until) (?:the|this|a) (?:\w+ )?(?:tone|beep|signal|bleep)"
            r"|(?:leave|record) (?:(?:me|us|a|your|the|brief|short|detailed) )*(?:message|name and|name, )"
            r"|can(?:'t|not| not) (?:come to|answer|take) (?:the|your|my|this) (?:phone|call)"
            r"|(?:is|are|am|'m|'re|'s) (?:\w+ )?(?:not available|unavailable|away from)"
            r"|voice ?mail|answering machine|mail ?box|call you back as soon|get back to you|please leave"
        ),
    ),
    (
        Hint.MENU,
        re.compile(
            rf"\b(?:press|dial|push|enter|say or press) (?:the )?(?:number )?{_ANSWERS}\b"
            r"|enter your|listen (?:carefully )?to the following|menu options|options have (?:recently )?changed"
        ),
    ),
    (
        Hint.RECEPTION,
        re.compile(
            r"(?:how (?:can|may)|can|may|what can) (?:i|we) (?:help|do for|direct)"
            r"|who(?:'s| is) (?:this|calling|speaking)|\bspeaking\b|your name and"
        ),
    ),
    (Hint.LIKELY_MACHINE, re.compile(r"you(?:'ve| have)? reached|thank you for calling|office hours|opening hours")),
)
# Said by nobody who talks: what makes a call that began as one with a person into one with a machine.
_SURE = re.compile(
    r"(?:after|at|hear) the (?:\w+ )?(?:tone|beep|signal|bleep)|record your message|answering machine"
    r"|mail ?box (?:is|was) full"
)
_NO_MORE = re.compile(
    r"\b(?:take|get|remove|delete) (?:me|my (?:name|number)|this number|us) (?:off|from|out of)\b"
    r"|\b(?:stop|quit) (?:calling|phoning|ringing|bothering|harassing) (?:me|us|here|this number)\b"
    r"|\bstop calling\s*[.!]?$"
    r"|\b(?:don't|do not|never|dont) (?:you )?(?:ever )?(?:call|phone|ring|contact) "
    r"(?:me|us|here|this number|my number)(?: \w+)? (?:again|any ?more|ever)\b"
    r"|\bno more calls\b|\b(?:do not|don't) call list\b|\bunsubscribe\b|\bopt (?:me )?out\b|\btake (?:me|us) off\b"
    r"|\b(?:want|like) (?:you )?to (?:stop calling|be (?:taken|removed) (?:off|from))\b"
)
_NINE = re.compile(r"\bpress(?:ing)? (?:the )?(?:key |number )?(?:nine|9)\b", re.IGNORECASE)


def hint(text: str) -> Hint | None:
    """What these words say of who speaks; None: nothing."""
    plain = _plain(text)
    return next((found for found, pattern in _HINTS if pattern.search(plain)), None)


def surely_a_machine(text: str) -> bool:
    return _SURE.search(_plain(text)) is not None


def wants_no_more_calls(text: str) -> bool:
    """The plain ways to say so. The model hears the others, and has a tool for them."""
    return _NO_MORE.search(_plain(text)) is not None


def offers_nine(text: str) -> bool:
    """Does `text` tell people to press nine?"""
    return _NINE.search(text) is not None


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").replace(",", " ").split())
