"""Audio that is always there: the failure table's words as files. Not the persona's voice, but never silence."""

from __future__ import annotations

import json
from pathlib import Path

_BUNDLED = Path(__file__).parent / "bundled"
_DEFAULT = "en"
INDEX = "index.json"  # {key of agent.failures.phrases(): its words}


def folder(language: str) -> Path:
    """Where the phrases of a language lie, e.g. en for en-US; English where there are none."""
    own = _BUNDLED / language.partition("-")[0].lower()
    return own if (own / INDEX).is_file() else _BUNDLED / _DEFAULT


def by_words(language: str) -> dict[str, Path]:
    """The words of every bundled phrase -> its file. English words for a language that has none of its own."""
    own = folder(language)
    index: dict[str, str] = json.loads((own / INDEX).read_text(encoding="utf-8"))
    return {words: own / f"{key}.wav" for key, words in index.items()}
