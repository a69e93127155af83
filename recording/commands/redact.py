"""`python -m recording redact CALL_ID`: a copy of a call without what tells who the caller was."""

from __future__ import annotations

import argparse

from ops.terminal import tell
from recording import build, settings
from recording.arguments import call
from recording.errors import RecordingError
from recording.redact.copy import copy, undo

HELP = "a copy without names, numbers and addresses: of the sidecar, and of the sound with them muted"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("call_id", type=call)


async def run(arguments: argparse.Namespace) -> int:
    """1 where the call has no sidecar, or sound that cannot be decoded, or is deleted meanwhile."""
    shelf, state = settings.both()
    async with build.bucket(shelf) as bucket, build.store(state) as store:
        events = await store.events(arguments.call_id)
        done = await copy(bucket, shelf.prefix, arguments.call_id, events)
        if await store.erased(arguments.call_id):
            await undo(bucket, done)
            raise RecordingError("The call was deleted while it was copied. Nothing is left of the copy.")
    for name in done.files:
        tell(f"{name}  {done.muted_s[name]:.1f} s muted" if name in done.muted_s else name)
    places = ", ".join(f"{count} {kind}" for kind, count in sorted(done.found.items())) or "nothing"
    tell(f"Taken out: {places}. Rules find what is said as such: listen to a copy before you pass it on.")
    if not events:
        tell("The store has nothing of this call any more: a name that nobody introduced may be left in it.")
    return 0
