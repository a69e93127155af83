"""Numbers come from files, carriers and callers, each spelled its own way; one compared wrongly is a wrong person."""

from __future__ import annotations

import pytest

from config.numbers import caller_number, dialled_digits, e164


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+1 (555) 010-0001", "+15550100001"),
        ("+15550100001", "+15550100001"),
        ("+44 (0)20 7946 0143", "+442079460143"),  # in a list of those who are not called it matched nobody
        ("+4402079460143", "+442079460143"),
        ("+39 06 0000 0001", "+390600000001"),  # Italy's zero is dialled from everywhere
        ("+210 1234567", "+2101234567"),  # no country's
        ("15550100001", None),
        ("+0155501000", None),
        ("+1555", None),
        ("+1555010000123456", None),
        ("+1555010000x", None),
        ("", None),
    ],
)
def test_a_configured_number_needs_its_country_code(written: str, number: str | None) -> None:
    """A plus, no leading zero, 7 to 15 digits."""
    assert e164(written) == number


@pytest.mark.parametrize(
    "reported", ["+15550100001", "15550100001", "0015550100001", "tel:+15550100001", "sip:+15550100001@h;p=1"]
)
def test_a_carriers_spelling_does_not_matter(reported: str) -> None:
    """All of them are one number."""
    assert dialled_digits(reported) == "15550100001"
    assert caller_number(reported) == "+15550100001"


@pytest.mark.parametrize(
    "reported", [None, "", "anonymous", "+266696687", "+7378742833", "sip:anonymous@anonymous.invalid", "+" * 500]
)
def test_a_withheld_number_is_nobodys(reported: str | None) -> None:
    """Whatever stands in its place, as word or as keyed digits, must not make two callers one."""
    assert caller_number(reported) is None
