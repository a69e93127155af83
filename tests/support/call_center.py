"""A call centre of a few lines, without files: what `config.load` would make of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from calls.policy import LengthPolicy, Policy
from config.model import CallCenter, Line, Persona, Practice
from config.telephony import Carrier, Telephony

PRACTICE = Practice("Larkfield Clinic", "12 Orchard Road", "Europe/London", dict.fromkeys(range(7), ()))
PERSONA = Persona("receptionist", "You answer the phone.", "Hello.", "fable", "en-US", ())


def line(
    name: str,
    *numbers: str,
    persona: str = PERSONA.name,
    telephony: Telephony | None = None,
    max_duration_s: float = 1800.0,
) -> Line:
    speaker = replace(PERSONA, name=persona)
    return Line(
        name=name,
        numbers=numbers,
        persona=speaker,
        greeting=speaker.greeting,
        voice=speaker.voice,
        language=speaker.language,
        tools=(),
        policy=Policy(length=LengthPolicy(max_duration_s)),
        practice=PRACTICE,
        telephony=telephony or Telephony(),
    )


def call_center(lines: Iterable[Line], carriers: Sequence[Carrier] = ()) -> CallCenter:
    listed = list(lines)
    return CallCenter(
        PRACTICE,
        {each.name: each for each in listed},
        {each.persona.name: each.persona for each in listed},
        carriers={carrier.name: carrier for carrier in carriers},
    )
