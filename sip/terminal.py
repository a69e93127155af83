"""What a command of `python -m sip` says, for a person or a pipe: a command has a terminal, a service has a log."""

from __future__ import annotations

import sys


def tell(text: str) -> None:
    """Lines on stdout, at once: also where they are read while the command goes on."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
