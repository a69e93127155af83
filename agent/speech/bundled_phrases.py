"""Audio that is always there: what is said of failures (config/phrases). Not the persona's voice, but never silence."""

from __future__ import annotations

import json
from pathlib import Path

from config.phrases.table import phrases_of

_BUNDLED = Path(__file__).parent / "bundled"
_DEFAULT = "en"
INDEX = "index.json"  # {key of Phrases.failures: its words}


def own_folder(language: str) -> Path:
    """Where the phrases of a language lie if there are any."""
    return _BUNDLED / language.partition("-")[0].lower()


def folder(language: str) -> Path:
    """Where the phrases of a language lie, e.g. en for en-US; English where there are none."""
    own = own_folder(language)
    return own if (own / INDEX).is_file() else _BUNDLED / _DEFAULT


def by_words(language: str) -> dict[str, Path]:
    """The words of every bundled phrase -> its file. For a language without audio of its own it is the English one: of
    the English words, and of its own."""
    own = folder(language)
    index: dict[str, str] = json.loads((own / INDEX).read_text(encoding="utf-8"))
    words = phrases_of(language).failures
    return {said: own / f"{key}.wav" for key in index for said in (index[key], words[key])}
