"""What several commands take on their command lines."""

from __future__ import annotations

import argparse
import re

from calls.ids import is_call_id
from config.numbers import e164

_WORDS = 500
_SINCE = re.compile(r"(\d{1,5})([mhd])")
_SECONDS = {"m": 60.0, "h": 3600.0, "d": 24 * 3600.0}


def call(text: str) -> str:
    """A call's id: nothing else becomes part of a name."""
    if not is_call_id(text):
        raise argparse.ArgumentTypeError("a call's id is letters, digits, - and _: see the call's record, or `listens`")
    return text


def number(text: str) -> str:
    """E.164. What was given is not said again: it is somebody's number."""
    found = e164(text)
    if found is None:
        raise argparse.ArgumentTypeError("write the number with its country code: +442079460123")
    return found


def words(text: str) -> str:
    """For the audit."""
    plain = " ".join(text.split())
    if not plain or len(plain) > _WORDS or not plain.isprintable():
        raise argparse.ArgumentTypeError(f"say it in 1 to {_WORDS} letters")
    return plain


def stretch(text: str) -> float:
    """Seconds."""
    found = _SINCE.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("write 30m, 24h or 7d")
    return int(found[1]) * _SECONDS[found[2]]


def deed(parser: argparse.ArgumentParser) -> None:
    """Who does it and why: both are needed, and kept."""
    parser.add_argument("--who", required=True, type=words, help="your name, for the audit")
    parser.add_argument("--why", required=True, type=words, help="the reason, for the audit")
