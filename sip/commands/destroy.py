"""`python -m sip destroy --yes`: remove every object that `apply` made, and nothing else."""

from __future__ import annotations

import argparse

from sip import build, provisioning, settings
from sip.errors import SipError

HELP = "remove what `apply` made, and nothing else: no call comes in after it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="without it nothing is done")
    parser.add_argument("--only", choices=build.PROVIDERS, help="this side alone")


async def run(arguments: argparse.Namespace) -> int:
    if not arguments.yes:
        raise SipError("This ends all calling on these lines. If that is what you want: python -m sip destroy --yes")
    given = settings.load()
    center = settings.call_center(given.lines)
    found = build.providers(given, center, build.Wishes(destroy=True), only=arguments.only)
    return await provisioning.bring_about(found, destroy=True)
