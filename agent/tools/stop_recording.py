"""The caller does not want to be recorded."""

from __future__ import annotations

from agent.recording.stopped import Stopped
from agent.tools.anatomy import Tool
from agent.tools.desk import Desk

_SAY = {
    Stopped.DONE: "The recording has been stopped. Tell them so in one short sentence, and go on.",
    Stopped.MUST_BE: "Calls on this line have to be recorded. Say so honestly, and that they may hang up.",
    Stopped.STILL_ON: "It could not be stopped and goes on. Say so honestly, and that they may hang up.",
    Stopped.NEVER_WAS: "This call is not being recorded. Tell them so in one short sentence, and go on.",
}


async def stop_recording(desk: Desk) -> str:
    """Stop the recording of this call. Use this at once when the caller does not want to be recorded."""
    return _SAY[await desk.stop_recording()]


TOOL = Tool(stop_recording)  # not `writes`: an interruption must not keep it from being done
