"""The check digit of card numbers (ISO/IEC 7812-1, annex B)."""

from __future__ import annotations


def passes(digits: str) -> bool:
    """From the right, every second digit counts double, as the sum of its digits. Nothing but zeros passes."""
    doubled = [int(each) * (1 + place % 2) for place, each in enumerate(reversed(digits))]
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0
