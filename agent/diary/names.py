"""Names as they are heard: compared without case, accents, titles and punctuation."""

from __future__ import annotations

import difflib
import unicodedata

_TITLES = {"mr", "mrs", "ms", "miss", "mister", "missus", "dr", "doctor", "sir", "madam"}
_CLOSE = 0.84  # "jon smith" and "john smith" are 0.95 alike, "john smith" and "joan smythe" 0.76


def key(name: str) -> str:
    """What a name is filed under; empty when there is no letter in it."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    words = "".join(c if c.isalpha() else "" if c in "'’.-" else " " for c in plain).split()
    return " ".join([w for w in words if w not in _TITLES] or words)


def sounds_like(said: str, filed: str) -> bool:
    """Is `said` close enough to the key `filed`, for a caller whose number already vouches for them? Allows what speech
    recognition does to names, and a first or last name alone."""
    heard = key(said)
    if not heard:
        return False
    if set(heard.split()) <= set(filed.split()):
        return True
    return difflib.SequenceMatcher(None, heard, filed).ratio() >= _CLOSE
