"""Cancel an appointment; its slot is free again."""

from __future__ import annotations

from typing import Annotated

from agent.diary import names
from agent.diary.entries import Gone
from agent.tools.anatomy import Arg, Refusal, Tool
from agent.tools.desk import Desk
from agent.tools.slots import local, said_slot, spoken
from agent.tools.whose import own_appointment, visitor


async def cancel_appointment(
    desk: Desk,
    name: Annotated[str, Arg("The full name the appointment is under.", limit=80)],
    day: Annotated[str, Arg("The day of the appointment; only if the caller said it or a tool asked.", limit=60)] = "",
    time: Annotated[
        str, Arg("The time of the appointment; only if the caller said it or a tool asked.", limit=60)
    ] = "",
) -> str:
    """Cancel an appointment. It is cancelled only if the answer says so."""
    visitor(desk, name)
    meaning = f"{names.key(name)}|{said_slot(desk, day, time) or day.lower()}"
    done = await desk.diary.repeated(desk.call_id, "cancel", meaning)
    if done is None:
        held = await own_appointment(desk, name, day, time)
        try:
            done = await desk.diary.cancel(desk.call_id, meaning, held)
        except Gone:
            raise Refusal("The appointment was changed a moment ago. Ask the caller, then try again.") from None
    starts_at = done.appointment.starts_at
    desk.diary_changed = True
    desk.note(
        appointment={"id": done.appointment.id, "at": local(desk, starts_at).isoformat(), "state": "cancelled"},
    )
    return f"Cancelled: the appointment on {spoken(desk, starts_at)}. Tell the caller."


TOOL = Tool(cancel_appointment, writes=True)
