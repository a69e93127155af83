"""Which languages there are: another is a file beside this one, and a line here."""

from __future__ import annotations

from config.phrases.english import ENGLISH
from config.phrases.german import GERMAN
from config.phrases.phrases import Phrases

BY_LANGUAGE = {"en": ENGLISH, "de": GERMAN}
_FALLBACK = "en"


def table_of(language: str) -> str:
    """The key of the table for a BCP 47 tag, wherever its language is spoken: "de" for de-AT; "en" without a table."""
    primary = language.partition("-")[0].lower()
    return primary if primary in BY_LANGUAGE else _FALLBACK


def is_known(language: str) -> bool:
    """Is there a table of that tag's language?"""
    return language.partition("-")[0].lower() in BY_LANGUAGE


def phrases_of(language: str) -> Phrases:
    """Of a BCP 47 tag; English where there is no table."""
    return BY_LANGUAGE[table_of(language)]
