"""Which numbers are never dialled, whoever asks, and the one way in which a number is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sip.outbound.numbers import check_number
from sip.outbound.reasons import SENTENCES, Refused
from tests.support.outbound import CALLEE, REMINDERS

OWN = frozenset({"+15550100001"})
WORLD = replace(REMINDERS, countries=("GB", "US", "FR", "DE", "IT", "AU"), prefixes=("+1876",))


def reason(text: object) -> str:
    with pytest.raises(Refused) as caught:
        check_number(text, WORLD, OWN)  # type: ignore[arg-type]
    assert str(caught.value) == SENTENCES[caught.value.reason]
    return caught.value.reason


@pytest.mark.parametrize("number", [CALLEE, "+12025550143", "+447400123456", "+4930123456", "+18765550123"])
def test_a_persons_number_in_an_allowed_country_or_prefix_passes(number: str) -> None:
    check_number(number, WORLD, OWN)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "+",
            "12025550143",
            "0044 20 7946 0123",
            "+44 20 7946 0123",
            "+44(0)2079460123",
            "tel:+442079460123",
        ),
        *("sip:evil@example.com", "+442079460123@evil.example", "+442079460123;user=phone", "+442079460123?x=y"),
        *("+442079460123\r\nX-Evil: 1", "+442079460123\n", "\n+442079460123", "+442079460123\x00", "+442079460123,,9"),
        *("+٤٤٢٠٧٩٤٦٠١٢٣", "＋442079460123", "+44207946012³", "+1" * 40, "+0442079460123", "+4420794601234567890"),
        *("+15550100001234", "+99912345678", "+442079460123 OR 1=1", "anonymous", None, 442079460123),
    ],
)
def test_what_is_no_number_reaches_no_uri_and_no_header(text: object) -> None:
    """SIP URI injection, header injection, other scripts' digits, extensions: not one of their characters is passed."""
    assert reason(text) == "invalid"


def test_another_spelling_of_a_number_is_refused() -> None:
    """With the national 0 left in it, libphonenumber reads the same number: the list of opt-outs would not."""
    assert reason("+4402079460123") == "invalid"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("+12125551212", "premium"),  # directory assistance
        ("+18005551212", "premium"),
        *(("911", "emergency"), ("112", "emergency"), ("999", "emergency"), ("+1911", "emergency")),
        *(("+44999", "emergency"), ("+49112", "emergency"), ("12345", "short"), ("+44118", "short")),
        *(("+19005550123", "premium"), ("+449098790000", "premium"), ("+447012345678", "premium")),
        *(("+448431234567", "premium"), ("+979123456789", "premium"), ("+80012345678", "premium")),
        *(("+870773111632", "satellite"), ("+8816315550001", "satellite"), ("+883510000000", "satellite")),
        *(("+18005550199", "kind"), ("+447640123456", "kind")),
        *(("+12425511234", "country"), ("+23276123456", "country"), ("+37167123456", "country")),
    ],
)
def test_numbers_that_cost_or_endanger_are_refused_by_name(text: str, word: str) -> None:
    """Toll fraud calls premium, satellite and far numbers; emergency lines are not there for a machine to call."""
    assert reason(text) == word


def test_a_line_does_not_call_the_house() -> None:
    """Two agents that talk with each other do so for as long as they may."""
    assert reason("+15550100001") == "own"


def test_nothing_may_be_called_without_a_country_or_prefix() -> None:
    with pytest.raises(Refused, match="country"):
        check_number(CALLEE, replace(REMINDERS, countries=(), prefixes=()), OWN)
