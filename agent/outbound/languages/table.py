"""Which languages there are: another is a file beside this one, and a line here."""

from __future__ import annotations

from agent.outbound.languages.english import ENGLISH
from agent.outbound.languages.german import GERMAN
from agent.outbound.wording import UNKNOWN, Wording

_BY_LANGUAGE = {"en": ENGLISH, "de": GERMAN}


def wording_of(language: str) -> Wording:
    """Of a BCP 47 tag such as en-US, wherever it is spoken; UNKNOWN where there is no table."""
    return _BY_LANGUAGE.get(language.partition("-")[0].lower(), UNKNOWN)
