"""`python -m recording hold CALL_ID --who NAME --why TEXT`: nobody deletes anything of this call."""

from __future__ import annotations

import argparse

from calls.ports import RecordUnreadable
from ops.clock import SystemClock
from ops.terminal import tell
from recording import build, holds, settings
from recording.arguments import call, deed
from recording.audit_log import Entry
from recording.errors import RecordingError

HELP = "a legal hold on everything of a call: nothing deletes it, also when its time has passed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("call_id", type=call)
    deed(parser)


async def run(arguments: argparse.Namespace) -> int:
    """1 where there is no such call, or the bucket does not keep holds."""
    shelf, state = settings.both()
    async with build.bucket(shelf) as bucket, build.store(state) as store:
        try:
            record = await store.record(arguments.call_id)
        except RecordUnreadable:
            record = None  # its files are held all the same
        entry = Entry(SystemClock().now(), "hold", arguments.call_id, arguments.who, arguments.why)
        events = await store.events(arguments.call_id)
        if record is None and not await holds.known(bucket, shelf.prefix, arguments.call_id):
            raise RecordingError("No such call: neither the store nor the bucket has anything of it.")
        result = await holds.hold(bucket, shelf.prefix, entry, record, events)
    tell("\n".join(["Held:", *(f"  {each.name}" for each in result.files), f"  {len(events)} events of the store"]))
    if record is not None and (not record.closed or record.unsettled):
        tell("More files may still come: hold it again once its recording is settled.")
    if result.bare:
        tell(f"NOT held by the bucket itself, which keeps no holds: {len(result.bare)}. Only `delete` heeds it.")
    return 1 if result.bare else 0
