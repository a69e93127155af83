"""Callers as carriers report them are the numbers that the lists know, or none."""

from __future__ import annotations

import pytest

from config.reported_number import world_number

US, GB, DE, ES = "+12025550100", "+442079460000", "+4930123456", "+34912345678"


@pytest.mark.parametrize(
    ("reported", "dialled", "number"),
    [
        ("+12125550123", US, "+12125550123"),
        ("12125550123", US, "+12125550123"),
        ("2125550123", US, "+12125550123"),  # "+2125550123" begins as Morocco
        ("2125550123", "+15550100001", "+12125550123"),  # a fictitious line has a country too
        ("(212) 555-0123", US, "+12125550123"),
        ("011442079460123", US, "+442079460123"),
        ("sip:+12125550123@203.0.113.7", GB, "+12125550123"),
        ("02079460123", GB, "+442079460123"),
        ("442079460123", GB, "+442079460123"),
        ("00442079460123", GB, "+442079460123"),
        ("017612345678", DE, "+4917612345678"),
        ("4917612345678", DE, "+4917612345678"),
        ("912345678", ES, "+34912345678"),
        ("12125550123", None, "+12125550123"),
        ("+15550100042", US, "+15550100042"),  # 555-01xx is in no plan, and cannot be taken for another's
    ],
)
def test_a_number_is_the_same_however_it_is_reported(reported: str, dialled: str | None, number: str) -> None:
    """An opt-out under another spelling is one that nobody finds."""
    assert world_number(reported, dialled) == number


@pytest.mark.parametrize(
    ("reported", "dialled"),
    [
        (None, US),
        ("", US),
        ("anonymous", US),
        ("266696687", US),
        ("100", US),
        ("02079460123", US),
        ("+02079460123", GB),
        ("+2125550123", US),
        ("2125550123", None),
        ("3612345678", US),  # in Texas, or in Budapest
        ("+" + "1" * 300, US),
        ("+\u0661\u0662\u0663\u0664\u0665\u0666\u0667", US),
    ],
)
def test_what_could_be_nobody_or_somebody_else_is_no_number(reported: str | None, dialled: str) -> None:
    """Nobody is taken off the list for another."""
    assert world_number(reported, dialled) is None
