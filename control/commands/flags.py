"""`python -m control flags show | set | rollback`: which way to the state calls take that begin from now on."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from calls.flags import ROLLBACK, ROUTES, Flags, encode
from calls.ports import StoreDown
from control.build import flag_keeper
from control.settings import State
from ops import settings

HELP = "which way to the state (redis or gateway) new calls take; rollback: all straight to Redis"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", required=True, metavar="show|set|rollback")
    steps.add_parser("show", help="what holds now, as JSON")
    change = steps.add_parser("set", help="change what is named, leave the rest")
    change.add_argument("--percent", type=_percent, metavar="0..100", help="share of the calls through the gateway")
    change.add_argument("--default", choices=[*ROUTES, "none"], help="all other calls; none: as their STATE_URL says")
    change.add_argument(
        "--persona",
        action="append",
        type=_persona,
        default=[],
        metavar="NAME=redis|gateway|none",
        help="every call of this persona; none: like the others",
    )
    steps.add_parser("rollback", help="every call straight to Redis, now")


async def run(arguments: argparse.Namespace) -> int:
    """1 where the store cannot be asked."""
    keeper = flag_keeper(settings.load({"state": State})["state"])
    try:
        if arguments.step == "rollback":
            flags = ROLLBACK
        else:
            flags = await keeper.read()
        if arguments.step == "set":
            flags = changed(flags, arguments)
        if arguments.step != "show":
            await keeper.write(flags)
    except StoreDown:
        sys.stderr.write("The store does not answer: nothing is known to have changed.\n")
        return 1
    finally:
        await keeper.aclose()
    sys.stdout.write(f"{encode(flags)}\n")
    return 0


def changed(flags: Flags, arguments: argparse.Namespace) -> Flags:
    personas = {**flags.personas, **dict(arguments.persona)}
    flags = replace(flags, personas={name: route for name, route in personas.items() if route != "none"})
    if arguments.percent is not None:
        flags = replace(flags, percent_gateway=arguments.percent)
    if arguments.default is not None:
        flags = replace(flags, default=None if arguments.default == "none" else arguments.default)
    return flags


def _percent(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 100:
        raise argparse.ArgumentTypeError("a whole number from 0 to 100")
    return int(text)


def _persona(text: str) -> tuple[str, str]:
    name, _, route = text.rpartition("=")
    if not name or route not in (*ROUTES, "none"):
        raise argparse.ArgumentTypeError("NAME=redis, NAME=gateway or NAME=none")
    return name, route
