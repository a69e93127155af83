"""End the call, politely: the goodbye is heard first."""

from __future__ import annotations

from agent.tools.anatomy import Tool
from agent.tools.desk import Desk


async def end_call(desk: Desk) -> str:
    """End the call. Use this only when the caller has all they need and has said goodbye, or wants to hang up."""
    desk.end_call(desk.outcome, "agent_said_goodbye")
    return "The call ends after your next words. Say goodbye in one short sentence."


TOOL = Tool(end_call)
