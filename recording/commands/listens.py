"""`python -m recording listens`: who listened to what, and why."""

from __future__ import annotations

import argparse

from ops.clock import SystemClock
from ops.terminal import moment, tell
from recording import build, settings
from recording.arguments import call, stretch
from recording.audit_log import entries

HELP = "who listened to what, and why"
_MONTH_S = 30 * 24 * 3600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--call", type=call, metavar="CALL_ID", help="to this call only")
    parser.add_argument("--since", type=stretch, default=_MONTH_S, metavar="30d", help="else the last 30 days")


async def run(arguments: argparse.Namespace) -> int:
    shelf, now = settings.shelf(), SystemClock().now()
    count = 0
    async with build.bucket(shelf) as bucket:
        async for each in entries(
            bucket, shelf.prefix, "listen", since=now - arguments.since, until=now, call_id=arguments.call
        ):
            tell(f"{moment(each.at)}  {each.call_id}  {each.who}: {each.why} ({len(each.files)} files)")
            count += 1
    tell(f"{count} in all.")
    return 0
