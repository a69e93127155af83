"""When the practice is open on a day, closed days included."""

from __future__ import annotations

from typing import Annotated

from agent.tools.anatomy import Arg, Tool
from agent.tools.desk import Desk
from agent.tools.slots import said_day
from agent.tools.spoken_when import day_words, listed, time_words


async def opening_hours(
    desk: Desk,
    day: Annotated[
        str, Arg('The day as the caller said it ("tomorrow", "next tuesday") or 2026-03-04.', limit=60)
    ] = "today",
) -> str:
    """Tell when the practice is open on a day. Use this when the caller asks about hours; never answer from memory."""
    now, on = desk.now(), said_day(desk, day)
    words, spans = day_words(on, now.date()), desk.practice.open_on(on)
    if not spans:
        return f"On {words} the practice is closed all day."
    hours = listed([f"from {time_words(span.opens)} to {time_words(span.closes)}" for span in spans])
    answer = f"On {words} the practice is open {hours}."
    if on == now.date():
        is_open = any(span.opens <= now.time() < span.closes for span in spans)
        answer += " It is open now." if is_open else " It is closed at the moment."
    return answer


TOOL = Tool(opening_hours)
