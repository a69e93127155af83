"""`python -m recording listen CALL_ID --who NAME --why TEXT`: addresses to listen at, for an hour."""

from __future__ import annotations

import argparse

from ops.clock import SystemClock
from ops.terminal import tell
from recording import build, settings
from recording.arguments import call, deed
from recording.audit_log import Entry
from recording.errors import RecordingError
from recording.listening import Sound, addresses, sounds

HELP = "addresses to listen at, for an hour; who and why is kept first"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("call_id", type=call)
    deed(parser)
    parser.add_argument("--redacted", action="store_true", help="the copy without names and numbers")


async def run(arguments: argparse.Namespace) -> int:
    """1 where there is no such sound; or where the audit cannot be written: then there is no address."""
    shelf = settings.shelf()
    async with build.bucket(shelf) as bucket:
        kind = Sound.REDACTED if arguments.redacted else Sound.WHOLE
        files = await sounds(bucket, shelf.prefix, arguments.call_id, kind)
        if not files:
            raise RecordingError(
                "There is no redacted copy of this call: `redact` makes one."
                if arguments.redacted
                else "There is no sound of this call. `audit` says why, if it should have been recorded."
            )
        entry = Entry(SystemClock().now(), "listen", arguments.call_id, arguments.who, arguments.why, tuple(files))
        for name, address in (await addresses(bucket, shelf.prefix, entry)).items():
            tell(f"{name}\n  {address}")
    if shelf.emulator:
        tell("This is an emulator: the addresses are not signed, and have no end.")
    else:
        tell("For an hour, for whoever has the address: do not pass it on.")
    return 0
