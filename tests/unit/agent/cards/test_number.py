"""What is a card's number, and that nothing shows more of it than its end."""

from __future__ import annotations

import traceback

import pytest

from agent.cards.keys import Keys
from agent.cards.number import CardNumber

# Test numbers that the card schemes publish.
GOOD = ("4111111111111111", "5555555555554444", "378282246310005", "6011111111111117", "4222222222222")
BAD = ("4111111111111112", "0000000000000000", "41111111111", "4" * 20, "411111111111111*", "", "٤١١١١١١١١١١١١١١١")


@pytest.mark.parametrize("digits", GOOD)
def test_a_number_that_checks_out_is_shown_by_its_end_alone(digits: str) -> None:
    number = CardNumber(digits)
    assert (number.digits, number.last_four) == (digits, digits[-4:])
    assert digits[:-4] not in f"{number} {number!r} {[number]}"


@pytest.mark.parametrize("digits", BAD)
def test_what_is_none_is_refused_and_not_quoted(digits: str) -> None:
    """Not even in the trace of the error."""
    with pytest.raises(ValueError, match="not a card") as caught:
        CardNumber(digits)
    if digits:
        assert digits not in "".join(traceback.format_exception_only(caught.value))


def test_keys_show_nothing() -> None:
    keys = Keys()
    keys.pressed("4")
    assert "4" not in repr(keys)
