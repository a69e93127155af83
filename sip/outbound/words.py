"""Numbers and times on the command line."""

from __future__ import annotations

import argparse

from sip.outbound.sheet import number_of


def number(text: str) -> str:
    """An argument's type."""
    try:
        return number_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
