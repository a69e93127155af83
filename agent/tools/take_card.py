"""A card's number, typed by the caller past the model."""

from __future__ import annotations

from agent.tools.anatomy import BadArguments, Refusal, Tool
from agent.tools.desk import Desk


async def take_card(desk: Desk) -> str:
    """Have the caller type the number of their payment card. They are told how, and you hear how it went, never the
    number. Use this when they want to pay by card; never ask for the number yourself."""
    if not desk.has_keypad:
        raise BadArguments("This caller has no keypad, so no card can be taken. Never ask for the number itself.")
    if not desk.take_card():
        raise Refusal("They are typing it already. Say nothing.")
    return "They are asked for it now. Say nothing until you hear how it went."


TOOL = Tool(take_card, quiet=True)
