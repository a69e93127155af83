"""What the words at the other end say, by phrases that are the same everywhere: who answered, and a wish for no calls.

Each language is a table of its own (agent/outbound/languages/). Of one without a table nothing is understood here: then
how long they speak, pauses and the tone decide who answered (agent/outbound/screening.py), and for no more calls there
is the key, and the model.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_NEVER = re.compile(r"(?!)")
_A_NINE = re.compile(r"(?<![0-9])9(?![0-9])")


class Hint(StrEnum):
    NO_MAILBOX = "no_mailbox"  # nobody, and nothing can be left
    MACHINE = "machine"  # an answering machine: wait for its tone
    MENU = "menu"  # asks for keys
    RECEPTION = "reception"  # somebody's word of welcome, however long
    LIKELY_MACHINE = "likely_machine"  # said by machines mostly: do not begin to speak on a short pause


@dataclass(frozen=True, slots=True)
class Wording:
    """One language's. Patterns are searched in small letters, with single spaces, straight quotes and no commas.

    `hints` in the order in which they are tried. `sure`: said by nobody who talks, so that it makes a call that began
    as one with a person into one with a machine. `no_more`: the plain ways to ask for no more calls; of a talk about
    something else none may be taken for it. `nine`: the offer of that key.
    """

    hints: Sequence[tuple[Hint, re.Pattern[str]]] = ()
    sure: re.Pattern[str] = _NEVER
    no_more: re.Pattern[str] = _NEVER
    nine: re.Pattern[str] = _A_NINE  # where no words are known, a 9 by itself

    def hint(self, text: str) -> Hint | None:
        """What these words say of who speaks; None: nothing."""
        plain = _plain(text)
        return next((found for found, pattern in self.hints if pattern.search(plain)), None)

    def surely_a_machine(self, text: str) -> bool:
        return self.sure.search(_plain(text)) is not None

    def wants_no_more_calls(self, text: str) -> bool:
        """The plain ways to say so. The model hears the others, and has a tool for them."""
        return self.no_more.search(_plain(text)) is not None

    def offers_nine(self, text: str) -> bool:
        """Does `text` tell people to press nine?"""
        return self.nine.search(_plain(text)) is not None


UNKNOWN = Wording()


def _plain(text: str) -> str:
    small = unicodedata.normalize("NFC", text).lower()
    return " ".join(small.replace("’", "'").replace(",", " ").split())
