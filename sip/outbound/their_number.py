"""The number of the other side, as the lists of who may be called know it."""

from __future__ import annotations

from calls.record import CallRecord, Direction
from config.model import Line
from config.reported_number import world_number


def their_number(record: CallRecord, line: Line) -> str | None:
    """E.164; None where it is withheld, or it is not sure which number it is."""
    caller = record.caller
    if record.direction is Direction.OUTBOUND and caller.number is not None:
        return world_number(caller.number, None)  # as it was ordered
    ours = caller.dialled if caller.dialled in line.numbers else next(iter(line.numbers), None)
    return world_number(caller.attributes.get("sip.phoneNumber"), ours)
