"""People are called in their own day, not in ours."""

from __future__ import annotations

from datetime import UTC, datetime, time

import phonenumbers
import pytest

from config.hours import Span
from sip.outbound.hours import check_hours
from sip.outbound.reasons import Refused


def at(hour: int, minute: int = 0, month: int = 1) -> float:
    return datetime(2026, month, 14, hour, minute, tzinfo=UTC).timestamp()


def reason(number: str, when: float, span: Span | None = None) -> str:
    try:
        check_hours(phonenumbers.parse(number), span, when)
    except Refused as refused:
        return refused.reason
    return ""


@pytest.mark.parametrize(
    ("when", "word"),
    [(at(7, 59), "hours"), (at(8), ""), (at(20, 59), ""), (at(21), "hours"), (at(7, 59, month=7), "")],
)
def test_from_eight_to_nine_by_the_callees_clock_summer_time_included(when: float, word: str) -> None:
    """London is on UTC in January, and an hour ahead in July."""
    assert reason("+442079460123", when) == word


def test_all_zones_a_number_may_be_in_must_agree() -> None:
    """An Australian mobile may be in Perth or in Sydney: at 08:30 in Sydney it is 05:30 in Perth."""
    assert reason("+61491570156", at(21, 30)) == "hours"
    assert reason("+61491570156", at(3)) == ""


def test_the_lines_own_hours_hold() -> None:
    assert reason("+442079460123", at(9), Span(time(10), time(12))) == "hours"
    assert reason("+442079460123", at(11), Span(time(10), time(12))) == ""


def test_an_unknown_zone_is_a_no() -> None:
    """A satellite telephone is anywhere; a time that is none is nowhere."""
    assert reason("+870773111632", at(12)) == "zone"
    assert reason("+442079460123", 1e30) == "zone"


def test_the_audit_learns_what_time_it_was() -> None:
    assert check_hours(phonenumbers.parse("+442079460123"), None, at(9, 5)) == "09:05 Europe/London"
