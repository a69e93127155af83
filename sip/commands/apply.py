"""`python -m sip apply`: make the servers' lines those of callcenter.yaml. Doing it again changes nothing."""

from __future__ import annotations

import argparse

from sip import build, provisioning, settings

HELP = "make the servers' lines those of callcenter.yaml; again: changes nothing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", choices=build.PROVIDERS, help="this side alone")
    parser.add_argument("--take-over", action="store_true", help="move numbers that are on trunks of others, too")


async def run(arguments: argparse.Namespace) -> int:
    given = settings.load()
    center = settings.call_center(given.lines)
    found = build.providers(given, center, build.Wishes(take_over=arguments.take_over), only=arguments.only)
    return await provisioning.bring_about(found)
