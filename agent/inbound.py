"""Who is answered on a line, and as what: denied and withheld callers, closed hours, callers who ring too often.

Decided by code from what the carrier says. What must be known before the phone stops ringing is read from the room's
name, which a dispatch rule makes of the caller's number; what only the caller's attributes say, as soon as they come.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from calls.permits import Tallies
from calls.ports import StoreDown
from calls.record import Caller, Leg
from config.model import Line, Persona
from config.numbers import caller_number, is_withheld
from ops import logging
from ops.deadline import DeadlineExceeded, deadline

_log = logging.get(__name__)

DENIED = "caller_denied"
WITHHELD = "caller_withheld"
TOO_OFTEN = "caller_too_often"
CLOSED = "closed"

_IN_ROOM = re.compile(r"_(\+?[0-9A-Za-z]{3,15})_[0-9A-Za-z]+$")  # <prefix>_<caller>_<random>: an individual rule
_TALLY_S = 1.0
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Answered:
    """`line` as it answers now. With `message` the caller is told that and nothing more."""

    line: Line
    message: str | None = None


def number_in(room: str) -> str | None:
    """The caller's number in a room's name, as "+digits"; None where it has none (hide_phone_number, a web caller)."""
    found = _IN_ROOM.search(room)
    return caller_number(found.group(1)) if found else None


def refusal_at_sight(line: Line, room: str) -> str | None:
    """As `refusal`, by the room's name alone; None also where that does not tell."""
    if (number := number_in(room)) is not None:
        return DENIED if is_denied(line, number) else None
    found = _IN_ROOM.search(room)
    withheld = found is not None and is_withheld(found.group(1))
    return WITHHELD if withheld and not line.telephony.inbound.withheld else None


def refusal(line: Line, caller: Caller) -> str | None:
    """Why this caller is not answered, in a word; None: they are. Only phone callers can be refused."""
    if caller.leg is not Leg.SIP:
        return None
    number = caller_number(caller.number)
    if number is None:
        return None if line.telephony.inbound.withheld else WITHHELD
    return DENIED if is_denied(line, number) else None


def is_denied(line: Line, number: str) -> bool:
    """Is `number` ("+digits") on the line's deny list, or does it begin as one there?"""
    return any(
        number.startswith(each[:-1]) if each.endswith("*") else number == each for each in line.telephony.inbound.deny
    )


def at_this_hour(line: Line, personas: Mapping[str, Persona], now: float) -> Answered:
    """How the line answers at `now` (UTC epoch seconds): as ever, or as it does while the practice is closed."""
    closed = line.telephony.inbound.closed
    if closed is None or _is_open(line, now):
        return Answered(line)
    if closed.message is not None:
        return Answered(line, closed.message)
    persona = personas.get(closed.persona or "")
    return Answered(line.speaking_as(persona) if persona else line)


async def ration(
    line: Line,
    caller: Caller,
    tallies: Callable[[], AbstractAsyncContextManager[Tallies]],
    goodbye: Callable[[str, str], None],
) -> None:
    """Beside the greeting, which waits for no store: a caller who rings too often is told so, and that is all."""
    if is_limited(line):
        async with tallies() as counted:
            too_often = await rings_too_often(line, caller, counted)
        if too_often:
            goodbye(line.phrases.too_often, TOO_OFTEN)


def is_limited(line: Line) -> bool:
    """Are this line's calls counted?"""
    return bool(line.telephony.inbound.calls_per_hour or line.telephony.inbound.withheld_per_hour)


async def rings_too_often(line: Line, caller: Caller, tallies: Tallies) -> bool:
    """Count this call, and say whether it is one too many for its hour. A store that cannot be asked counts nothing:
    a caller is not turned away for our trouble."""
    if caller.leg is not Leg.SIP:
        return False
    number, inbound = caller_number(caller.number), line.telephony.inbound
    limit = inbound.calls_per_hour if number else inbound.withheld_per_hour
    if not limit:
        return False
    who = hashlib.sha256(number.encode()).hexdigest()[:32] if number else "withheld"
    try:
        async with deadline(_TALLY_S, "tally"):
            return not await tallies.take(f"in:{line.name}:{who}", 1, limit, _HOUR_S)
    except (StoreDown, DeadlineExceeded) as error:
        _log.warning("calls cannot be counted", error_type=type(error).__name__)
        return False


def _is_open(line: Line, now: float) -> bool:
    local = datetime.fromtimestamp(now, UTC).astimezone(line.practice.zone)
    return any(span.opens <= local.time() < span.closes for span in line.practice.open_on(local.date()))
