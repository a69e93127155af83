"""What commands show at a terminal, or in a pipe: a command has a terminal, a service has a log."""

from __future__ import annotations

import sys
from datetime import UTC, datetime


def plain(text: str) -> str:
    """One line of what a server told: anybody may have named what is on it, so what is no letter is shown as "?"."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def moment(at: float) -> str:
    """UTC, to the second."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def tell(text: str) -> None:
    """Lines on stdout, each made `plain`, and at once: they may be read while the command goes on."""
    sys.stdout.write("\n".join(plain(line) for line in text.split("\n")) + "\n")
    sys.stdout.flush()
