"""Who is answered on a line, and as what. A caller on the deny list hears no word, and no answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from agent import inbound
from calls.policy import Policy
from calls.record import Caller, Leg
from calls.stores.memory_permits import MemoryPermits
from config.hours import Span
from config.model import Line, Persona, Practice
from config.telephony import Closed, Inbound, Telephony
from tests.fakes.clock import FakeClock

PRACTICE = Practice(
    "Clinic", "1 Road", "America/New_York", {0: (Span(time(9), time(17)),)}, closed_on=frozenset()
)  # fmt: skip
DAY = Persona("day", "Be kind.", "Hello, this is an AI.", "fable", "en-US", ())
NIGHT = Persona("night", "Be brief.", "We are closed, says the AI.", "onyx", "en-GB", ())
MONDAY_NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC).timestamp()  # 12:00 in New York
MONDAY_NIGHT = datetime(2026, 11, 23, 23, 0, tzinfo=UTC).timestamp()


def line(**rules: object) -> Line:
    telephony = Telephony(inbound=Inbound(**rules))  # type: ignore[arg-type]
    return Line("clinic", ("+15550100001",), DAY, DAY.greeting, "fable", "en-US", (), Policy(), PRACTICE, telephony)


def phone(number: str | None) -> Caller:
    return Caller(Leg.SIP, "sip_1", number, "+15550100001")


@pytest.mark.parametrize(
    ("room", "number"),
    [
        ("call_+15550199_Xy12ab", "+15550199"),
        ("call_15550199_Xy12ab", "+15550199"),
        ("call_0199_Xy12ab", "+0199"),
        ("call_anonymous_Xy12ab", None),
        ("call_266696687_Xy12ab", None),
        ("web-room", None),
        ("call_+15550199; DROP_x", None),
    ],
)
def test_the_number_in_a_room_s_name(room: str, number: str | None) -> None:
    """What a dispatch rule wrote into it; anything else is no number."""
    assert inbound.number_in(room) == number


@pytest.mark.parametrize(
    ("number", "refused"),
    [
        ("+15550199", "caller_denied"),
        ("+19001234567", "caller_denied"),
        ("+15550198", None),
        ("+1555019", None),
        (None, None),
        ("anonymous", None),
    ],
)
def test_denied_numbers_and_beginnings(number: str | None, refused: str | None) -> None:
    """A number denied is that number and no other; one with a star, all that begin so."""
    assert inbound.refusal(line(deny=("+15550199", "+1900*")), phone(number)) == refused


def test_withheld_callers_are_refused_where_the_line_says_so() -> None:
    """Whatever word the carrier hides them behind; a browser has no number and hides none."""
    strict = line(withheld=False)
    assert inbound.refusal(strict, phone(None)) == "caller_withheld"
    assert inbound.refusal(strict, phone("266696687")) == "caller_withheld"
    assert inbound.refusal(strict, phone("+15550198")) is None
    assert inbound.refusal(strict, Caller(Leg.WEB, "me")) is None


@pytest.mark.parametrize(
    ("room", "refused"),
    [
        ("call_anonymous_Xy12ab", "caller_withheld"),
        ("call_266696687_Xy12ab", "caller_withheld"),
        ("call_Restricted_Xy12ab", "caller_withheld"),
        ("call_+15550199_Xy12ab", "caller_denied"),
        ("call_+15550198_Xy12ab", None),
        ("call__Xy12ab", None),
        ("call_friday_Xy12ab", None),
        ("anonymous", None),
    ],
)
def test_who_is_refused_at_sight_hears_no_answer(room: str, refused: str | None) -> None:
    """By the room's name, while their phone still rings; a name that tells nothing refuses nobody."""
    strict = line(withheld=False, deny=("+15550199",))
    assert inbound.refusal_at_sight(strict, room) == refused
    assert inbound.refusal_at_sight(line(), room) is None


def test_outside_the_hours_another_persona_answers_or_a_message() -> None:
    """On the practice's own clock; without a rule the line answers as ever."""
    other, told = line(closed=Closed(persona="night")), line(closed=Closed(message="We are closed."))
    assert inbound.at_this_hour(other, {"night": NIGHT}, MONDAY_NOON).line.persona == DAY
    at_night = inbound.at_this_hour(other, {"night": NIGHT}, MONDAY_NIGHT)
    assert (at_night.line.persona, at_night.message) == (NIGHT, None)
    assert inbound.at_this_hour(told, {}, MONDAY_NIGHT).message == "We are closed."
    assert inbound.at_this_hour(told, {}, MONDAY_NOON).message is None
    assert inbound.at_this_hour(line(), {}, MONDAY_NIGHT) == inbound.Answered(line())


async def test_a_caller_who_rings_too_often_is_one_too_many() -> None:
    """Each number has its own count; the withheld ones share theirs; a browser is not counted."""
    tallies = MemoryPermits(FakeClock())
    limited = line(calls_per_hour=2, withheld_per_hour=1)
    seen = [await inbound.rings_too_often(limited, phone("+15550199"), tallies) for _ in range(3)]
    assert seen == [False, False, True]
    assert not await inbound.rings_too_often(limited, phone("+15550198"), tallies)
    assert [await inbound.rings_too_often(limited, phone(None), tallies) for _ in range(2)] == [False, True]
    assert not await inbound.rings_too_often(limited, replace(phone(None), leg=Leg.WEB), tallies)
    assert inbound.is_limited(limited)
    assert not inbound.is_limited(line())
