"""Whom `make call ARGS=--outbound` has called, and how the order's end reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import phonenumbers
import pytest

from local.caller.orders import callee_by_day, is_over, told


@pytest.mark.parametrize(
    ("utc_hour", "area"),
    [(15, "+1212"), (23, "+1212"), (3, "+1808"), (5, "+1808"), (7, "+4930"), (10, "+4930")],
)
def test_the_callee_is_somewhere_where_it_is_day(utc_hour: int, area: str) -> None:
    """Calls at night are refused: the call centre's own callees are never asleep."""
    number = callee_by_day(datetime(2026, 6, 10, utc_hour, tzinfo=UTC))
    assert number.startswith(area)
    assert phonenumbers.is_valid_number(phonenumbers.parse(number))


@pytest.mark.parametrize("month", [1, 7])
def test_somewhere_it_is_always_day(month: int) -> None:
    """Tests that call somebody run at any hour, in summer as in winter."""
    midnight = datetime(2026, month, 10, tzinfo=UTC)
    assert all(callee_by_day(midnight + timedelta(minutes=15 * quarter)) for quarter in range(96))


def test_an_end_has_its_reason_and_status() -> None:
    assert told({"state": "busy", "sip_status": 486, "reason": None}) == "busy (SIP 486)"
    assert told({"state": "failed", "sip_status": None, "reason": "no_agent"}) == "failed: no_agent"
    assert told({"state": "ringing"}) == "ringing"


def test_what_rings_or_talks_is_not_over() -> None:
    assert not any(is_over({"state": state}) for state in ("queued", "dialling", "ringing", "answered"))
    assert all(is_over({"state": state}) for state in ("completed", "busy", "no-answer", "refused"))
