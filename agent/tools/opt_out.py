"""No more calls to this person."""

from __future__ import annotations

from agent.tools.anatomy import Refusal, Tool
from agent.tools.desk import Desk


async def opt_out(desk: Desk) -> str:
    """Take the person you talk to off the list: nobody of the practice calls them again. Use this at once when they say
    in any way that they want no more calls."""
    if desk.number is None:
        raise Refusal("Their number is not shown, so they are on no list. Tell them so.")
    await desk.opt_out("voice")
    return (
        "They will get no more calls. Tell them so in one short sentence, say sorry for the trouble, then use end_call."
    )


TOOL = Tool(opt_out)  # not `writes`: an interruption must not keep it from being done
