"""Phone numbers as the configuration and the carriers write them, compared as ITU-T E.164 (at most 15 digits)."""

from __future__ import annotations

import re

import phonenumbers

_SEPARATORS = re.compile(r"[\s\-.()/\u00a0]+")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# Carriers report a withheld number as one of these words, or as the word dialled on a telephone's keys (ITU-T E.161):
# "anonymous" is 266696687.
_KEYS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
_WITHHELD = frozenset(
    word.translate(_KEYS) for word in ("anonymous", "restricted", "blocked", "unknown", "unavailable", "private")
)
_DIALLED = re.compile(r"(?:sips?:|tel:)?(?P<user>[^@;]*)")


def e164(text: str) -> str | None:
    """A number written with its country code ("+1 555 010-0001") as E.164 ("+15550100001"); None if it is not one.

    A zero that is dialled only at home ("+44 (0)20 7946 0123") is left out, as the country's numbering plan has it.
    """
    plain = _SEPARATORS.sub("", text)
    if not _E164.fullmatch(plain):
        return None
    try:
        return phonenumbers.format_number(phonenumbers.parse(plain), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return plain  # of a plan that is not known here


def dialled_digits(text: str) -> str:
    """What a carrier reports as dialled, reduced to what numbers are compared by: digits, without "+", "00" or "sip:".

    Untrusted: anything that is not a number gives "" and so matches no line.
    """
    if len(text) > 200:
        return ""
    match = _DIALLED.match(text.strip())
    plain = _SEPARATORS.sub("", match["user"] if match else "")
    plain = plain.removeprefix("+") if plain.startswith("+") else plain.removeprefix("00")
    return plain if re.fullmatch(r"[0-9]{3,15}", plain) else ""


def is_withheld(text: str) -> bool:
    """Is this one of the words by which carriers say that a caller shows no number?"""
    return text.lower().removeprefix("+").translate(_KEYS) in _WITHHELD


def caller_number(text: str | None) -> str | None:
    """A caller's number as a carrier reports it, as "+digits"; None when it is withheld or no number.

    Two withheld callers must never look like one.
    """
    digits = dialled_digits(text or "")
    return None if not digits or digits in _WITHHELD else f"+{digits}"
