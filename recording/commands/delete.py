"""`python -m recording delete --number +1... | --call CALL_ID`: everything that is kept of a caller or of one call."""

from __future__ import annotations

import argparse
import json
import sys

from ops.clock import SystemClock
from ops.terminal import tell
from recording import build, gcs_policy, settings
from recording.arguments import call, number, words
from recording.bucket import BucketDown, BucketRefused, Exists
from recording.bucket_policy import recoverable_days
from recording.deletion import Deletion, Subject
from recording.errors import RecordingError
from recording.receipts import Call, Receipt
from recording.settings import Shelf

HELP = "everything of a caller or a call: sound, transcript, record; shows it, deletes with --yes, gives a receipt"
_KEPT_WORDS = {
    "held": "held (`release` ends that)",
    "goes on": "it goes on: nothing is deleted of a call before its end",
    "to be called": "an order to call it is waiting: cancel that first",
    "recording not settled": "its recording is still looked for: a day at most",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--number", type=number, help="all calls of this number, either way")
    whose.add_argument("--call", type=call, metavar="CALL_ID")
    parser.add_argument("--yes", action="store_true", help="do it; without, it is only shown")
    parser.add_argument("--who", type=words, help="your name, for the receipt")
    parser.add_argument("--why", type=words, help="the reason, for the receipt")


async def run(arguments: argparse.Namespace) -> int:
    """0: shown, or all deleted. 1: something is left. The receipt is all there is on stdout."""
    shelf, state = settings.both()
    subject = Subject(arguments.number, arguments.call)
    async with build.bucket(shelf) as bucket, build.stores(state) as store:
        deletion = Deletion(bucket, store.calls, store.orders, shelf.prefix, SystemClock())
        if not arguments.yes:
            return _shown(await deletion.plan(subject))
        receipt = await _carried_out(deletion, subject, arguments, await _recoverable(shelf))
    sys.stdout.write(json.dumps({"receipt": receipt.name, **receipt.content()}, indent=1) + "\n")
    return 0 if receipt.complete else 1


async def _carried_out(
    deletion: Deletion, subject: Subject, arguments: argparse.Namespace, recoverable: float | None
) -> Receipt:
    receipt: Receipt | None = None
    try:
        async for book in deletion.carry_out(
            subject, who=arguments.who or "", why=arguments.why or "", recoverable_days=recoverable
        ):
            receipt = book.receipt
            done = sum(each.done for each in receipt.calls)
            sys.stderr.write(f"{done} of {len(receipt.calls)} calls\n")
    except Exists:
        raise RecordingError("Another deletion of the same is under way: look at its receipt.") from None
    if receipt is None:
        raise RecordingError("Nothing was deleted.")
    return receipt


def _shown(calls: list[Call]) -> int:
    for each in calls:
        why = f"  KEPT: {_KEPT_WORDS.get(each.kept, each.kept)}" if each.kept else ""
        size = sum(file.size for file in each.files)
        record = "" if each.record == "none" else ", record and transcript"
        tell(f"{each.call_id}: {len(each.files)} files, {size} bytes{record}{why}")
        for file in each.files:
            tell(f"  {file.name}")
    tell(f"{len(calls)} calls. Nothing was deleted: say --yes." if calls else "Nothing is kept of it.")
    return 0


async def _recoverable(shelf: Shelf) -> float | None:
    """For how long Google could bring back what is deleted now; None where this account may not ask."""
    try:
        return recoverable_days(await gcs_policy.look(shelf))
    except (BucketDown, BucketRefused):
        return None
