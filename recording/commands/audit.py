"""`python -m recording audit --since 24h`: calls without their recording, recordings without their call."""

from __future__ import annotations

import argparse

from ops.clock import SystemClock
from ops.terminal import moment, tell
from recording import build, settings
from recording.arguments import stretch
from recording.audit import Audit, Finding

HELP = "calls that lack their recording, recordings without a call; 1 where there is any"
_DAY_S = 24 * 3600.0
_TOLD = {
    "missing": "its recording is not there, and is still looked for",
    "lost": "its recording did not come within a day",
    "unsettled": "nobody has looked for its recording yet: does control run?",
    "gone": "its recording was there, and is not any more",
    "changed": "its recording was proven, and another file is in its place",
    "unwanted": "there is a recording, and there should be none",
    "no_call": "a recording, and no call of it in the store",
    "foreign": "no call's file among the recordings",
    "unreadable": "its record cannot be read",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--since", type=stretch, default=_DAY_S, metavar="24h", help="calls that ended since then; else the last 24 h"
    )


async def run(arguments: argparse.Namespace) -> int:
    """1 where something is found."""
    shelf, state = settings.both()
    now, count = SystemClock().now(), 0
    async with build.bucket(shelf) as bucket, build.store(state) as store:
        audit = Audit(bucket, store, shelf.prefix, now - arguments.since, now)
        async for finding in audit.run():
            tell(line(finding))
            count += 1
    states = ", ".join(f"{number} {state}" for state, number in sorted(audit.states.items()))
    tell(f"{audit.states.total()} calls that were to be recorded{f': {states}' if states else ''}. {count} findings.")
    return 1 if count else 0


def line(finding: Finding) -> str:
    """One finding, for a person."""
    said = [
        moment(finding.at) if finding.at else "",
        finding.call_id,
        finding.line,
        f"{finding.what}: {_TOLD[finding.what]}",
        f"({finding.reason})" if finding.reason else "",
        finding.name,
    ]
    return "  ".join(word for word in said if word)
