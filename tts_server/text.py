"""What of a text is handed to an engine."""

from __future__ import annotations

import re
import unicodedata

_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f]\u200d?")
_SPOKEN_SIGNS = frozenset("%&@#+=$€£¥°§")  # voices say these by name
_UNSENDABLE = ("Cc", "Cs", "Co", "Cn")  # controls (espeak takes commands in them), lone surrogates, no characters


def clean(text: str) -> str:
    """`text` without what engines stumble over or name aloud: control characters, lone surrogates, emoji."""
    plain = _EMOJI.sub(" ", text)
    plain = "".join(" " if unicodedata.category(letter) in _UNSENDABLE else letter for letter in plain)
    return " ".join(unicodedata.normalize("NFC", plain).split())


def speakable(text: str) -> bool:
    """Is there a letter, a digit or a sign with a name? Else it is a pause: "...", "!", an emoji."""
    return any(unicodedata.category(letter)[0] in "LN" or letter in _SPOKEN_SIGNS for letter in text)
