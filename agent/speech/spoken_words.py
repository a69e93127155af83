"""One written word -> what is said for it: addresses, markup inside the word, symbols, emoji."""

from __future__ import annotations

import re
import unicodedata

from agent.speech.spoken_times import say_times

_URL = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]\"'*`]*[^\s<>()\[\]\"'*`.,;:!?_~]", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
_DOMAIN = re.compile(
    r"(?<![\w@.-])(?:[A-Za-z0-9-]+\.)+(?:com|org|net|edu|gov|io|ai|info|health|clinic|uk|de|fr|eu|ca|au)\b(?![\w-])(/[\w/-]*)?"
)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_FOOTNOTE = re.compile(r"\[\^?\d+\]")
_LINK_TARGET = re.compile(r"\]\([^()]*\)")
_OUTER_UNDERSCORES = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])")
_ENTITIES = {"&amp;": "&", "&nbsp;": " ", "&lt;": "", "&gt;": "", "&quot;": '"', "&#39;": "'", "&apos;": "'"}
_ALONE = {"&": "and", "+": "plus", "=": "equals", "@": "at", "→": "to", "->": "to", "=>": "to", "-": "–", "--": "–"}
STOPS = ".,;:?!…"
DASHES = ("–", "—")
_ADDRESS_SIGNS = {".": " dot ", "-": " dash ", "_": " underscore ", "+": " plus ", "/": " slash "}


def say_word(word: str, english: bool) -> list[str]:
    """What is said for `word`: words, and single stops to hang on the word before."""
    if word in _ALONE:
        return [_ALONE[word]]
    for entity, sign in _ENTITIES.items():
        word = word.replace(entity, sign)
    word = "".join(_say_sign(c) for c in word)
    word = _TAG.sub(" ", _FOOTNOTE.sub("", _LINK_TARGET.sub("", word)))
    word = re.sub(r"(?<=\d)\*(?=\d)", " times ", word)
    if english:
        word = say_times(word)
    word = _OUTER_UNDERSCORES.sub("", re.sub(r"[*`\\\[\]{}<>^|]", "", word))
    word = _EMAIL.sub(lambda m: _say_email(m[0]), _URL.sub(lambda m: _say_url(m[0]), word)).replace("_", " ")
    word = _DOMAIN.sub(lambda m: _say_url(m[0]), word)
    word = re.sub(r"(?<!\w)~(?=\d)", "about ", word)
    word = re.sub(r"(?<!\w)#(?=\d)", "number ", word)
    word = re.sub(r"[~#]", "", word)
    return [said for part in word.split() if (said := _sayable(_ALONE.get(part, part)))]


def _say_url(url: str) -> str:
    """The host, and a short plain path; nobody can write down the rest."""
    host, _, path = re.sub(r"^https?://", "", url, flags=re.IGNORECASE).partition("/")
    host = re.sub(r"^www\.", "", host.split("@")[-1].split(":")[0].split("?")[0], flags=re.IGNORECASE)
    path = path.strip("/")
    plain = f"/{path}" if re.fullmatch(r"[A-Za-z-]{1,20}", path) else ""
    return _spell(host + plain)


def _say_email(address: str) -> str:
    name, _, host = address.rpartition("@")
    return f"{_spell(name)} at {_spell(host)}"


def _spell(text: str) -> str:
    return " ".join("".join(_ADDRESS_SIGNS.get(c, c) for c in text).split())


def _say_sign(char: str) -> str:
    if char == "°":
        return " degrees "
    if char in "→&" or char.isascii() or char.isalnum():
        return char
    category = unicodedata.category(char)
    return "" if category in ("So", "Sk", "Cf", "Cc", "Cn", "Co", "Mn", "Me") and not _combines(char) else char


def _combines(char: str) -> bool:
    """A mark that belongs to a letter (é, Devanagari), not to an emoji."""
    return unicodedata.category(char) == "Mn" and not 0xFE00 <= ord(char) <= 0xFE0F


def _sayable(word: str) -> str:
    if any(c.isalnum() for c in word) or word in DASHES:
        return word
    return next((c for c in word if c in STOPS), "")
