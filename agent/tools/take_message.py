"""Keep a caller's words for a person."""

from __future__ import annotations

from typing import Annotated

from agent.diary.entries import TooMany
from agent.tools.anatomy import Arg, Refusal, Tool
from agent.tools.desk import Desk
from agent.tools.whose import visitor


async def take_message(
    desk: Desk,
    name: Annotated[str, Arg("The caller's full name.", limit=80)],
    message: Annotated[str, Arg("The message, in the caller's own words, with a number if they gave one.", limit=1000)],
) -> str:
    """Take a message for the practice. Ask for the full name and the message first."""
    try:
        await desk.diary.leave_message(visitor(desk, name), message, desk.clock.now())
    except TooMany:
        raise Refusal("No more messages can be taken in this call. The earlier ones are kept.") from None
    desk.message_left = True
    desk.note(message=message, message_from=name)
    if desk.number is None and sum(c.isdigit() for c in message) < 5:
        return (
            "The message is kept, but the caller's number is not known. Ask for a number to call back; if they give "
            "one, take the message again with the number in it."
        )
    return "The message is kept, with the caller's number. Say so. Do not promise when someone will call back."


TOOL = Tool(take_message, writes=True)
