"""`python -m sip plan`: what `apply` would change. 0: nothing, 2: something, 1: it could not or would not."""

from __future__ import annotations

import argparse

from sip import build, provisioning, settings

HELP = "show how the servers' lines differ from callcenter.yaml; changes nothing (exit status 2: something differs)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--only", choices=build.PROVIDERS, help="this side alone")
    parser.add_argument("--take-over", action="store_true", help="move numbers that are on trunks of others, too")


async def run(arguments: argparse.Namespace) -> int:
    given = settings.load()
    center = settings.call_center(given.lines)
    found = build.providers(given, center, build.Wishes(take_over=arguments.take_over), only=arguments.only)
    return await provisioning.plan(found, as_json=arguments.json)
