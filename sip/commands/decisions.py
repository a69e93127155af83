"""`python -m sip decisions`: the audit of what was dialled and what was refused, newest first."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from ops.terminal import moment, tell
from sip import build, settings

HELP = "the audit: each decision to dial or to refuse, newest first"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=50, help="how many (default 50)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, times in UTC epoch seconds")


async def run(arguments: argparse.Namespace) -> int:
    """1 where the store cannot be asked."""
    async with build.permits(settings.state()) as permits:
        found = await permits.decisions(max(1, arguments.count))
    for each in found:
        if arguments.json:
            tell(json.dumps(asdict(each) | {"facts": dict(each.facts)}, ensure_ascii=False))
            continue
        facts = "; ".join(f"{name}: {value}" for name, value in each.facts.items())
        word = "dial  " if each.allowed else "refuse"
        which = f"{each.line}  {each.number}  {each.call_id}"
        tell(f"{moment(each.at)}  {word}  {each.reason:<10}  {which}  {facts}".rstrip())
    return 0
