"""No more calls to this person."""

from __future__ import annotations

from agent.tools.anatomy import Refusal, Tool
from agent.tools.desk import Desk


async def opt_out(desk: Desk) -> str:
    """Take the person you talk to off the list: nobody of the practice calls them again. Use this at once when they say
    in any way that they want no more calls."""
    kept = await desk.opt_out("voice")
    if kept is None:
        raise Refusal(
            "You can't see their number, so it is on no list. Say that you can't see it, and offer to take a message "
            "with the number that is not to be called."
        )
    done = "They will get no more calls. Tell them so" if kept else "It is noted. Say only that you have noted it,"
    return f"{done} in one short sentence, and that you are sorry. If they want nothing else, use end_call."


TOOL = Tool(opt_out)  # not `writes`: an interruption must not keep it from being done
