"""The number under which somebody is taken off the list is the one under which they would be called."""

from __future__ import annotations

from dataclasses import replace

from calls.record import Caller, Direction, Leg
from sip.outbound.their_number import their_number
from tests.support.a_call import a_record
from tests.support.call_center import line

LINE = line("clinic", "+442079460000", "+12025550100")


def caller(reported: str, dialled: str | None = None, number: str | None = None) -> Caller:
    return Caller(Leg.SIP, "sip_1", number, dialled, {"sip.phoneNumber": reported})


def test_a_caller_is_seen_from_the_country_of_the_number_they_dialled() -> None:
    """The record has "+02079460123" and "+2125550123": nobody's, and Morocco's."""
    london = replace(a_record(), caller=caller("02079460123", "+442079460000", "+02079460123"))
    washington = replace(a_record(), caller=caller("2125550123", "+12025550100", "+2125550123"))
    unknown = replace(a_record(), caller=caller("02079460123"))
    assert [their_number(record, LINE) for record in (london, washington, unknown)] == [
        "+442079460123",
        "+12125550123",
        "+442079460123",
    ]


def test_who_withholds_it_or_is_on_the_web_has_none() -> None:
    """Then they are told so."""
    withheld = replace(a_record(), caller=caller("anonymous", "+442079460000"))
    web = replace(a_record(), caller=Caller(Leg.WEB, "browser"))
    assert [their_number(record, LINE) for record in (withheld, web)] == [None, None]


def test_whom_we_call_is_who_was_ordered() -> None:
    """Whatever the far end says of itself; where nobody said whom, what was dialled."""
    called = replace(a_record(), direction=Direction.OUTBOUND, caller=caller("0", number="+12125550123"))
    found = replace(a_record(), direction=Direction.OUTBOUND, caller=caller("+12125550199"))
    assert their_number(called, LINE) == "+12125550123"
    assert their_number(found, LINE) == "+12125550199"
