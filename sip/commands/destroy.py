"""`python -m sip destroy --yes`: remove every object that `apply` made, and nothing else."""

from __future__ import annotations

import argparse

from sip import build, provisioning, settings
from sip.errors import SipError

HELP = "remove what `apply` made, and nothing else: no call comes in after it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="without it nothing is done")


async def run(arguments: argparse.Namespace) -> int:
    if not arguments.yes:
        raise SipError("This ends all calling on these lines. If that is what you want: python -m sip destroy --yes")
    given = settings.load()
    found = build.providers(given, settings.call_center(given.lines), destroy=True)
    return await provisioning.bring_about(found[::-1], destroy=True)
