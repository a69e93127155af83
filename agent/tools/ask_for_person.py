"""The caller wants a person. Nobody can be put through yet: the honest answer, and the wish kept in the record."""

from __future__ import annotations

from typing import Annotated

from agent.tools.anatomy import Arg, Tool
from agent.tools.desk import Desk


async def ask_for_person(
    desk: Desk,
    reason: Annotated[str, Arg("What the caller wants a person for, in a few words.", limit=200)] = "",
) -> str:
    """Ask for a person to take over. Use this when the caller asks for a human being, or when you cannot help."""
    desk.note(person_wanted=reason or "not said")
    return (
        "Nobody can be put through from this line at the moment. Say so honestly, and offer to take a message so that "
        "someone at the practice can call back."
    )


TOOL = Tool(ask_for_person)
