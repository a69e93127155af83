"""Press keys, for a recorded menu at the other end."""

from __future__ import annotations

from typing import Annotated

from agent.outbound.keys import NoKeys, keys_of
from agent.tools.anatomy import Arg, BadArguments, Tool
from agent.tools.desk import Desk


async def press_keys(
    desk: Desk, keys: Annotated[str, Arg("The keys in their order, of 0 to 9, * and #, such as 2 or 1234#.", limit=64)]
) -> str:
    """Press keys on the telephone. Use this only when a recorded menu asks for keys, with those it offers."""
    try:
        pressed = keys_of(keys)
    except NoKeys:
        raise BadArguments("keys must be 1 to 16 of 0 to 9, * and #.") from None
    await desk.press_keys(pressed)
    return f"Pressed {' '.join(pressed)}."


TOOL = Tool(press_keys, writes=True, quiet=True)
