"""What became of a caller's wish not to be recorded."""

from __future__ import annotations

from enum import StrEnum


class Stopped(StrEnum):
    DONE = "done"
    MUST_BE = "must_be"  # the line takes no call that is not recorded
    STILL_ON = "still_on"  # it could not be stopped
    NEVER_WAS = "never_was"


async def never_was() -> Stopped:
    """Of a call whose line records nothing."""
    return Stopped.NEVER_WAS
