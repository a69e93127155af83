"""Move an appointment to another slot, or leave it where it is."""

from __future__ import annotations

from typing import Annotated

from agent.diary import names
from agent.diary.entries import Done, Gone, SlotTaken
from agent.tools.anatomy import Arg, Refusal, Tool
from agent.tools.desk import Desk
from agent.tools.slots import bookable_slot, local, offers, spoken
from agent.tools.whose import own_appointment, visitor

_SAME_TIME = {"same", "same time", "the same", "the same time", "at the same time"}


async def move_appointment(
    desk: Desk,
    name: Annotated[str, Arg("The full name the appointment is under.", limit=80)],
    new_day: Annotated[str, Arg('The new day as the caller said it ("next tuesday") or 2026-03-04.', limit=60)],
    new_time: Annotated[str, Arg('The new time: "half past two", "same time", 14:30.', limit=60)],
    old_day: Annotated[str, Arg("The present day of the appointment; only if a tool asked for it.", limit=60)] = "",
    old_time: Annotated[str, Arg("The present time of the appointment; only if a tool asked for it.", limit=60)] = "",
) -> str:
    """Move an appointment to another day or time. It is moved only if the answer says so; else it stays as it was."""
    visitor(desk, name)
    held = None
    if new_time.lower() in _SAME_TIME:
        held = await own_appointment(desk, name, old_day, old_time)
        new_time = f"{local(desk, held.starts_at):%H:%M}"
    slot = await bookable_slot(desk, new_day, new_time)
    meaning = f"{names.key(name)}|{slot}"
    done = await desk.diary.repeated(desk.call_id, "move", meaning)
    if done is None:
        held = held or await own_appointment(desk, name, old_day, old_time)
        at = local(desk, slot)
        try:
            done = await desk.diary.move(desk.call_id, meaning, held, slot)
        except SlotTaken:
            near = await offers(desk, at.date(), at.time())
            raise Refusal(f"That time is taken; the appointment stays as it was. {near}") from None
        except Gone:
            raise Refusal("The appointment was changed a moment ago. Ask the caller, then try again.") from None
    return _answer(desk, done)


def _answer(desk: Desk, done: Done) -> str:
    starts_at = done.appointment.starts_at
    desk.diary_changed = True
    desk.note(
        appointment={"id": done.appointment.id, "at": local(desk, starts_at).isoformat(), "state": "moved"},
    )
    if done.before in (None, starts_at):
        return f"The appointment is on {spoken(desk, starts_at)} already."
    return f"Moved: now {spoken(desk, starts_at)}, no longer {spoken(desk, done.before or 0)}. Repeat it to the caller."


TOOL = Tool(move_appointment, writes=True)
