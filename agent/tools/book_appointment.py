"""Book a free slot in the diary."""

from __future__ import annotations

from typing import Annotated

from agent.diary.entries import SlotTaken, TooMany
from agent.tools.anatomy import Arg, Refusal, Tool
from agent.tools.desk import Desk
from agent.tools.slots import bookable_slot, local, offers, spoken
from agent.tools.whose import visitor


async def book_appointment(
    desk: Desk,
    name: Annotated[str, Arg("The caller's full name.", limit=80)],
    day: Annotated[str, Arg('The day as the caller said it ("tomorrow", "next tuesday") or 2026-03-04.', limit=60)],
    time: Annotated[str, Arg('The time as the caller said it ("half past two") or 14:30.', limit=60)],
    reason: Annotated[str, Arg("What the appointment is for, in a few words.", limit=200)] = "",
) -> str:
    """Book an appointment. Ask for reason, day, time and full name first. It is booked only if the answer says so."""
    who = visitor(desk, name)
    slot = await bookable_slot(desk, day, time)
    at = local(desk, slot)
    try:
        done = await desk.diary.book(who, slot, reason, desk.clock.now())
    except SlotTaken:
        raise Refusal(f"That time is taken. {await offers(desk, at.date(), at.time())}") from None
    except TooMany:
        raise Refusal("No more appointments can be booked in this call. Offer to take a message.") from None
    desk.diary_changed = True
    desk.note(appointment={"id": done.appointment.id, "at": at.isoformat(), "state": "booked"})
    return f"Booked for {name}: {spoken(desk, slot)}. Repeat day and time to the caller."


TOOL = Tool(book_appointment, writes=True)
