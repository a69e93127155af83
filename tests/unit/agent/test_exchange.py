"""Whom a REFER names."""

from __future__ import annotations

import pytest

from agent.phone.exchange import refer_to
from config.telephony import Carrier, Provider

NUMBER = "+12025550144"


@pytest.mark.parametrize(
    ("carrier", "target"),
    [
        (Carrier("pbx", Provider.SIP, "pbx.example.net:5070"), f"sip:{NUMBER}@pbx.example.net:5070"),
        (Carrier("twilio", Provider.TWILIO, "clinic.pstn.twilio.com"), f"tel:{NUMBER}"),
        (Carrier("inbound only", Provider.SIP), f"tel:{NUMBER}"),
        (None, f"tel:{NUMBER}"),
    ],
)
def test_a_refer_names_what_the_carrier_can_dial(carrier: Carrier | None, target: str) -> None:
    """A softphone that was handed a tel: URI could not connect it: seen with baresip 1.0 and livekit-sip."""
    assert refer_to(NUMBER, carrier) == target
