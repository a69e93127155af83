"""`python -m sip apply`: make the servers' lines those of callcenter.yaml. Doing it again changes nothing."""

from __future__ import annotations

import argparse

from sip import build, provisioning, settings

HELP = "make the servers' lines those of callcenter.yaml; again: changes nothing"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None."""


async def run(_arguments: argparse.Namespace) -> int:
    given = settings.load()
    return await provisioning.bring_about(build.providers(given, settings.call_center(given.lines)))
