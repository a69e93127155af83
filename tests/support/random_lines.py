"""Configurations of lines that have little in common but their names, numbers and carriers."""

from __future__ import annotations

import random

from config.telephony import Carrier, Outbound, Provider, Telephony
from sip.lines.wanted import Wanted, wanted
from tests.support.call_center import call_center, line

_NAMES = [f"line-{n}" for n in range(6)]
_NUMBERS = [f"+1555010{n:04}" for n in range(9)]
_CARRIERS = [
    Carrier("one", Provider.SIP, address="sip.one.example", allowed_addresses=("192.0.2.1/32",)),
    Carrier("two", Provider.TWILIO, address="two.pstn.twilio.com", secure=True),
]


def a_configuration(chance: random.Random) -> Wanted:
    names = chance.sample(_NAMES, chance.randint(1, len(_NAMES)))
    numbers = chance.sample(_NUMBERS, chance.randint(0, len(_NUMBERS)))
    lines = []
    for name in names:
        own = [numbers.pop() for _ in range(min(len(numbers), chance.randint(0, 4)))]
        carrier = chance.choice([None, "one", "two"])
        outbound = Outbound(own[0], ("US",)) if own and carrier and chance.random() < 0.5 else None
        persona = chance.choice(["day", "night"])
        lines.append(line(name, *own, persona=persona, telephony=Telephony(carrier, outbound=outbound)))
    return wanted(call_center(lines, _CARRIERS), "receptionist", {})
