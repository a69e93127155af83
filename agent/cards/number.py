"""A card's number, which no log, event or message may hold."""

from __future__ import annotations

SHORTEST, LONGEST = 12, 19  # ISO/IEC 7812


class CardNumber:
    """Digits that check out. Shown anywhere it is its last four: `digits` alone has all of them."""

    def __init__(self, digits: str) -> None:
        """Raises ValueError, without the digits in it, where they are no card's."""
        if not (digits.isascii() and digits.isdigit() and SHORTEST <= len(digits) <= LONGEST and _luhn(digits)):
            raise ValueError("not a card's number")
        self._digits = digits

    @property
    def digits(self) -> str:
        return self._digits

    @property
    def last_four(self) -> str:
        return self._digits[-4:]

    def __repr__(self) -> str:
        return f"<CardNumber ...{self.last_four}>"


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1's check digit: from the right, every second digit counts double, as the sum of its digits."""
    if not digits.strip("0"):
        return False
    doubled = [int(each) * (1 + place % 2) for place, each in enumerate(reversed(digits))]
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0
