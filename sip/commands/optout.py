"""`python -m sip optout add | import | lift | show`: who wants no calls, from any line."""

from __future__ import annotations

import argparse
from pathlib import Path

from calls.permits import OptOut
from ops.clock import SystemClock
from ops.terminal import moment, tell
from sip import build, settings
from sip.errors import SipError
from sip.outbound import sheet
from sip.outbound.words import number

HELP = "who wants no calls, from any line: add, import FILE, lift, show"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", required=True, metavar="add|import|lift|show")
    many = steps.add_parser("import", help="a do-not-call list: a number on each line; all, or none where one is wrong")
    many.add_argument("file", type=Path)
    for name, words in (
        ("add", "at once, for every line"),
        ("lift", "the person said so themself; no consent does this"),
        ("show", "since when, and how they said it"),
    ):
        steps.add_parser(name, help=words).add_argument("number", type=number)


async def run(arguments: argparse.Namespace) -> int:
    """1 where the store cannot be asked, or the file is wrong: then nothing of it is kept."""
    now = SystemClock().now()
    listed = _listed(arguments.file) if arguments.step == "import" else []
    async with build.permits(settings.state()) as permits:
        if arguments.step == "show":
            out = await permits.opted_out(arguments.number)
            told = "No opt-out." if out is None else f"Wants no calls since {moment(out.at)} ({out.how})."
        elif arguments.step == "lift":
            await permits.opt_in(arguments.number)
            told = "Lifted."
        elif arguments.step == "add":
            await permits.opt_out(OptOut(arguments.number, now, "operator"))
            told = "Kept: no line calls this number."
        else:
            for each in listed:
                await permits.opt_out(OptOut(each, now, "list"))
            told = f"Kept: {len(listed)}."
    tell(told)
    return 0


def _listed(file: Path) -> list[str]:
    """Raises SipError."""
    found, problems = [], []
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SipError(f"the file cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    for place, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(sheet.number_of(line))
            except ValueError as error:
                problems.append(f"line {place}: {error}")
    if problems:
        raise SipError("\n".join([*problems[:20], "Nothing was kept."]))
    return found
