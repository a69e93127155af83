"""Whose appointment it is. Decided here, whatever the prompt was talked into; nobody hears of another's appointment.

The diary is asked for the name together with the number it was booked from (or this very call). A caller whom no number
vouches for (withheld, on the web, another phone) must say the exact name, day and time, and may try MAX_GUESSES times a
call. The words of a miss are the same whether or not the name is in the diary.
"""

from __future__ import annotations

from agent.diary import names
from agent.diary.entries import Appointment, Visitor
from agent.tools.anatomy import BadArguments, Refusal
from agent.tools.desk import Desk
from agent.tools.slots import local, said_slot, spoken
from agent.tools.spoken_when import listed
from agent.tools.when import parse_day, parse_time

MAX_GUESSES = 3

_NOT_VOUCHED = (
    "No appointment was found by this telephone number. Ask for the full name it is under and its exact day and time, "
    "then try again with those. If the caller doesn't know them, offer to take a message."
)
_MISSED = "No appointment was found under that name at that time. Ask again, or offer to take a message."
_LOCKED = "Too many tries: appointments can't be looked up in this call any more. Offer to take a message."


def visitor(desk: Desk, name: str) -> Visitor:
    """Who is asking, by the name they gave. Raises BadArguments for a name without a letter."""
    if not names.key(name):
        raise BadArguments("name is not a name. Ask the caller for their full name.")
    return Visitor(desk.call_id, desk.number, name)


async def own_appointment(desk: Desk, name: str, day: str, time: str) -> Appointment:
    """The caller's one appointment under `name`, at `day` and `time` where they said so. Raises Refusal."""
    found = await desk.diary.find(visitor(desk, name), desk.clock.now())
    if found:
        return _the_one(desk, found, day, time)
    if desk.wrong_guesses >= MAX_GUESSES:
        raise Refusal(_LOCKED)
    if not (day and parse_time(time)):
        raise Refusal(_NOT_VOUCHED)
    slot = said_slot(desk, day, time)
    held = await desk.diary.exactly(name, slot) if slot and slot > desk.clock.now() else None
    if held is None:
        desk.wrong_guesses += 1
        desk.note(wrong_guesses=desk.wrong_guesses)
        raise Refusal(_MISSED)
    return held


def _the_one(desk: Desk, found: list[Appointment], day: str, time: str) -> Appointment:
    meant = found
    if day and (on := parse_day(day, desk.now().date())):
        meant = [a for a in found if local(desk, a.starts_at).date() == on]
    if time and (times := parse_time(time)):
        meant = [a for a in meant if local(desk, a.starts_at).time() in times]
    if len(meant) == 1:
        return meant[0]
    listed_ = listed([spoken(desk, a.starts_at) for a in (meant or found)])
    if len(found) == 1:
        raise Refusal(f"The caller's appointment is at another time: {listed_}. Ask whether that one is meant.")
    raise Refusal(f"The caller has appointments on {listed_}. Ask which one is meant, and pass its day and time.")
