"""`python -m recording bucket plan | apply`: how long things live in the bucket, who may read it, and by whose key."""

from __future__ import annotations

import argparse

from ops.settings import BadSettings
from ops.terminal import tell
from recording import gcs_policy, settings
from recording.bucket import BucketDown, BucketRefused
from recording.bucket_policy import Wanted, difference, notes
from recording.errors import RecordingError, told

HELP = "lifetimes, access and encryption of the bucket: plan, apply (again: changes nothing)"
_SPARE_DAYS = 30  # an object without an end of its own outlives the longest lifetime by so much


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("step", choices=("plan", "apply"), help="plan: exit status 2 where there is something to do")
    parser.add_argument(
        "--backstop-days",
        type=int,
        metavar="DAYS",
        help=f"delete whatever is older; else the longest keep_days of all lines and {_SPARE_DAYS} more",
    )
    parser.add_argument(
        "--soft-delete-days", type=_soft_delete, metavar="DAYS", help="0, or 7 to 90; else it stays as it is"
    )


async def run(arguments: argparse.Namespace) -> int:
    """0: as wanted, or made so. 2: `plan` has something to do. 1: the bucket does not keep what it was told."""
    shelf = settings.shelf()
    wanted = Wanted(shelf.prefix, _backstop(arguments.backstop_days), shelf.kms_key, arguments.soft_delete_days)
    try:
        there = await gcs_policy.look(shelf)
        found = difference(there, wanted)
        tell("\n".join([f"{shelf.bucket}: {len(found.lines)} to change", *(f"  {line}" for line in found.lines)]))
        tell("\n".join(f"  note: {note}" for note in notes(there, wanted)))
        if not found.lines or arguments.step == "plan":
            return 2 if found.lines else 0
        there = await gcs_policy.change(shelf, found.patch, str(there.get("metageneration", "")))
    except (BucketDown, BucketRefused) as error:
        raise RecordingError(told(error)) from error
    left = difference(there, wanted).lines
    if left:
        tell("\n".join(["It answered, and did not keep this (an emulator does not):", *left]))
        return 1
    tell("Done. Google may go on by the old rules for up to 24 hours.")
    return 0


def _backstop(given: int | None) -> int:
    """Raises BadSettings where it would end what a line still keeps."""
    longest = max((line.policy.recording.keep_days for line in settings.call_center().lines.values()), default=0)
    if given is not None and given < longest:
        raise BadSettings([f"--backstop-days {given}: a line keeps its recordings for {longest} days (keep_days)"])
    return given or longest + _SPARE_DAYS


def _soft_delete(text: str) -> int:
    """cloud.google.com/storage/docs/soft-delete (read 2026-11)."""
    if not text.isdigit() or not (int(text) == 0 or 7 <= int(text) <= 90):
        raise argparse.ArgumentTypeError("0, or 7 to 90 days")
    return int(text)
