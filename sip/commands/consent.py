"""`python -m sip consent import | add | withdraw | show`: who agreed to be called, what for, how and when."""

from __future__ import annotations

import argparse
from pathlib import Path

from calls.permits import Consent
from ops.clock import SystemClock
from ops.terminal import moment, tell
from sip import build, settings
from sip.errors import SipError
from sip.outbound import sheet
from sip.outbound.words import number

HELP = "who agreed to be called: import FILE.csv, add, withdraw, show"
_AT_ONCE = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", required=True, metavar="import|add|withdraw|show")
    many = steps.add_parser("import", help="all rows of a CSV file, or none where one is wrong")
    many.add_argument("file", type=Path, help=f"columns: {', '.join(sheet.COLUMNS)} [{', '.join(sheet.MORE)}]")
    one = steps.add_parser("add", help="one consent")
    one.add_argument("number", type=number)
    one.add_argument("--purpose", required=True, help='what for, as the order names it, or the line; "*": anything')
    one.add_argument("--how", required=True, help='words for an auditor: "web form", "signed letter"')
    one.add_argument("--given-at", help="ISO 8601; now, where it is left out")
    one.add_argument("--expires-at", help="ISO 8601; left out: until they say otherwise")
    one.add_argument("--who", default="", help="the person, as you know them")
    for name, words in (("withdraw", "every consent of this number ends now"), ("show", "what there is")):
        steps.add_parser(name, help=words).add_argument("number", type=number)


async def run(arguments: argparse.Namespace) -> int:
    """1 where the store cannot be asked, or the file is wrong: then nothing of it is kept."""
    now = SystemClock().now()
    consents = _given(arguments, now)
    async with build.permits(settings.state()) as permits:
        if arguments.step == "withdraw":
            await permits.withdraw(arguments.number)
        elif arguments.step == "show":
            found = await permits.consents(arguments.number)
            out = await permits.opted_out(arguments.number)
            tell("\n".join(_told(each, now) for each in found) or "No consent.")
            if out is not None:
                tell(f"Wants no calls since {moment(out.at)} ({out.how}): consent or not, nobody calls.")
            return 0
        for begin in range(0, len(consents), _AT_ONCE):
            await permits.agree(consents[begin : begin + _AT_ONCE])
    tell("Withdrawn." if arguments.step == "withdraw" else f"Kept: {len(consents)}.")
    return 0


def _given(arguments: argparse.Namespace, now: float) -> list[Consent]:
    """Raises SipError."""
    if arguments.step == "add":
        row = {name: getattr(arguments, name) for name in (*sheet.COLUMNS, *sheet.MORE)}
        try:
            return [sheet.consent_of(row | {"given_at": row["given_at"] or moment(now)}, now)]
        except ValueError as error:
            raise SipError(str(error)) from None
    if arguments.step != "import":
        return []
    try:
        with arguments.file.open(encoding="utf-8-sig", newline="") as lines:
            found = sheet.read(lines, now)
    except (OSError, UnicodeDecodeError) as error:
        raise SipError(f"the file cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    if found.problems:
        raise SipError("\n".join([*found.problems, "Nothing was kept."]))
    return found.consents


def _told(consent: Consent, now: float) -> str:
    ends = "" if consent.expires_at is None else f", until {moment(consent.expires_at)}"
    over = "" if consent.covers(consent.purpose, now) else " [expired]"
    who = f", {consent.who}" if consent.who else ""
    return f"{consent.purpose}: {moment(consent.given_at)}{ends}, {consent.how}{who}{over}"
