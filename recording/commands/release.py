"""`python -m recording release CALL_ID --who NAME --why TEXT`: the end of a legal hold."""

from __future__ import annotations

import argparse

from ops.clock import SystemClock
from ops.terminal import tell
from recording import build, holds, settings
from recording.arguments import call, deed
from recording.audit_log import Entry
from recording.errors import RecordingError

HELP = "the end of a legal hold: what has reached its end meanwhile is deleted within a day"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("call_id", type=call)
    deed(parser)


async def run(arguments: argparse.Namespace) -> int:
    """1 where nothing is held."""
    shelf = settings.shelf()
    async with build.bucket(shelf) as bucket:
        entry = Entry(SystemClock().now(), "release", arguments.call_id, arguments.who, arguments.why)
        count = await holds.release(bucket, shelf.prefix, entry)
    if count == 0:
        raise RecordingError("Nothing of this call is held.")
    tell(f"Released: {count} files.")
    return 0
