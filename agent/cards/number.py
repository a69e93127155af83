"""A card's number, which no log, event or message may hold."""

from __future__ import annotations

from ops import luhn

SHORTEST, LONGEST = 12, 19  # ISO/IEC 7812


class CardNumber:
    """Digits that check out. Shown anywhere it is its last four: `digits` alone has all of them."""

    def __init__(self, digits: str) -> None:
        """Raises ValueError, without the digits in it, where they are no card's."""
        if not (digits.isascii() and digits.isdigit() and SHORTEST <= len(digits) <= LONGEST and _checks_out(digits)):
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


def _checks_out(digits: str) -> bool:
    return bool(digits.strip("0")) and luhn.passes(digits)
