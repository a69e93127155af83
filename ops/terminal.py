"""What commands show at a terminal."""

from __future__ import annotations

from datetime import UTC, datetime


def plain(text: str) -> str:
    """One line of what a server told: anybody may have named what is on it, so what is no letter is shown as "?"."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def moment(at: float) -> str:
    """UTC, to the second."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
