"""What time is it where this number is? By the number alone: people travel, and mobiles move with them.

libphonenumber's map of time zones: a number of a country with several may be in any of them, and then all must agree.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers import PhoneNumber, timezone

from config.hours import Span
from sip.outbound.reasons import Refused

USUAL = Span(time(8), time(21))
"""Where a line says nothing: 08:00 to 21:00, as 47 CFR 64.1200(c)(1) has it for calls to people in the USA."""


def check_hours(number: PhoneNumber, span: Span | None, at: float) -> str:
    """The local times at `at` (UTC epoch seconds), for the audit. Raises Refused: in one of the number's zones it is
    outside `span`, or no zone is known."""
    zones = timezone.time_zones_for_number(number)
    if not zones or timezone.UNKNOWN_TIMEZONE in zones:
        raise Refused("zone")
    span = span or USUAL
    told: dict[str, str] = {}
    for zone in zones:
        try:
            local = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).time()
        except (ZoneInfoNotFoundError, ValueError, OverflowError, OSError):
            raise Refused("zone") from None
        if not span.opens <= local < span.closes:
            raise Refused("hours")
        told.setdefault(f"{local:%H:%M}", zone)
    return ", ".join(f"{local} {zone}" for local, zone in told.items())
