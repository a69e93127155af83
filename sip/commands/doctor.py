"""`python -m sip doctor`: why calls won't come in or go out. 0: well, 1: findings, 2: it could not look."""

from __future__ import annotations

import argparse
from pathlib import Path

from config.problems import ConfigError
from ops.clock import SystemClock
from ops.settings import BadSettings
from ops.terminal import tell
from sip import settings
from sip.doctor import report
from sip.doctor.look import How, look
from sip.doctor.table import examined
from sip.errors import SipError

HELP = "say why calls won't come in or go out, with the fix of each fault; changes nothing"

WELL, FINDINGS, BLIND = 0, 1, 2
"""Exit statuses."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--reach", action="store_true", help="ask each of sip_addresses whether a SIP server answers")
    parser.add_argument("--probe", action="store_true", help="send for the agent, into a room without a caller")
    parser.add_argument("--sip-config", type=Path, metavar="FILE", help="LiveKit SIP's own configuration: look at it")
    parser.add_argument("--peak", type=_calls, default=100, metavar="N", help="calls at once in one SIP pod (100)")


async def run(arguments: argparse.Namespace) -> int:
    how = How(arguments.sip_config, arguments.peak, arguments.reach, arguments.probe)
    try:
        given = settings.load()
        center = settings.call_center(given.lines)
        seen = await look(given, center, SystemClock(), how)
    except (BadSettings, ConfigError) as error:
        return _blind([str(problem) for problem in error.problems], as_json=arguments.json)
    except SipError as error:
        return _blind([str(error)], as_json=arguments.json)
    found = examined(seen)
    tell(report.as_json(found, seen) if arguments.json else report.text(found, seen))
    if seen.livekit_trouble:
        return BLIND
    return FINDINGS if found else WELL


def _blind(problems: list[str], *, as_json: bool) -> int:
    tell(report.blind_as_json(problems) if as_json else report.blind(problems))
    return BLIND


def _calls(text: str) -> int:
    number = int(text)
    if not 0 < number <= 100_000:
        raise argparse.ArgumentTypeError("a number of calls")
    return number
