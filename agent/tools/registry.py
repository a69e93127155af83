"""Every tool there is. A new tool is a file beside this one and a line here (docs/tasks/add-a-tool.md)."""

from __future__ import annotations

from collections.abc import Iterable

from livekit.agents import llm

from agent.tools import (
    ask_for_digits,
    ask_for_person,
    book_appointment,
    cancel_appointment,
    end_call,
    move_appointment,
    opening_hours,
    opt_out,
    press_keys,
    stop_recording,
    take_card,
    take_message,
)
from agent.tools.anatomy import Tool
from agent.tools.desk import Desk
from agent.tools.guard import bound

_ALL = (
    opening_hours.TOOL,
    book_appointment.TOOL,
    move_appointment.TOOL,
    cancel_appointment.TOOL,
    take_message.TOOL,
    ask_for_person.TOOL,
    ask_for_digits.TOOL,
    opt_out.TOOL,
    press_keys.TOOL,
    take_card.TOOL,
    stop_recording.TOOL,
    end_call.TOOL,
)
FOR_PHONES = (opt_out.TOOL.name,)  # whatever the persona lists
FOR_CALLS_WE_MAKE = (*FOR_PHONES, press_keys.TOOL.name)
FOR_RECORDED_CALLS = (stop_recording.TOOL.name,)
TOOLS: dict[str, Tool] = {tool.name: tool for tool in _ALL}
KNOWN: frozenset[str] = frozenset(TOOLS)


def build_tools(names: Iterable[str], desk: Desk) -> list[llm.Tool | llm.Toolset]:
    """The named tools for one call, in that order, each guarded: none of them ever raises.

    Raises KeyError for a name that is not in KNOWN (config.load has refused those before).
    """
    return [bound(TOOLS[name], desk) for name in names]
