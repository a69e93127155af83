"""A call center that calls people: its lines, a callee, and an order to call them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import config.load as config
from calls.outbound import OutboundCall
from config.model import CallCenter
from config.telephony import Carrier, Outbound, Provider, Telephony
from tests.support.house import ROOT

CALLEE, OTHER = "+442079460123", "+442079460124"  # Ofcom's numbers for drama, London
NOON = 1_790_078_400.0  # 2026-09-22 12:00 UTC, 13:00 in London
CARRIER = Carrier("plain", Provider.SIP, address="sip.example.com")
REMINDERS = Outbound(
    "+15550100001",
    countries=("GB", "US"),
    transactional=True,
    calls_per_hour=4,
    calls_per_number_per_day=2,
    price_per_minute=0.02,
    spend_per_day=1.0,
    max_duration_s=600.0,
)


def call_center(outbound: Outbound | None = REMINDERS, path: Path = ROOT / "config" / "callcenter.yaml") -> CallCenter:
    """The house's own, with a line "clinic" that may call, and a carrier for it; "after-hours" may not."""
    known = config.load(path, known_tools=None)
    clinic = replace(known.lines["clinic"], telephony=Telephony("plain", outbound=outbound))
    return replace(known, lines={**known.lines, "clinic": clinic}, carriers={"plain": CARRIER})


def order(call_id: str = "call-1", number: str = CALLEE, asked_at: float = NOON, **changes: object) -> OutboundCall:
    call = OutboundCall(call_id, number, "clinic", "clinic-receptionist", asked_at, max_duration_s=600.0)
    return replace(call, **changes)  # type: ignore[arg-type]
