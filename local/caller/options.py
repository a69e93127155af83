"""The command line of `python -m local.caller`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.caller.phone_leg import DEFAULT_CALLER
from local.paths import STACK_FILE, VAR

ROLES = ("human", "voicemail", "ivr", "busy", "no-answer", "reject", "unreachable", "drop")
CONVERSATION = (
    "What are your opening hours?",
    "I would like to book an appointment on Tuesday at ten in the morning.",
    "My name is Alice Smith.",
    "Yes, please.",
    "No, thank you. Goodbye.",
)
"""What a caller says who is given no lines."""


@dataclass(frozen=True, slots=True)
class Options:
    """One invocation. `lines` are texts to speak and files to play, in the order given."""

    lines: tuple[str | Path, ...]
    number: str | None
    caller: str
    web: bool
    dtmf: str
    concurrency: int
    hangup_after_s: float | None
    stack: Path
    out: Path
    outbound: Outbound | None


@dataclass(frozen=True, slots=True)
class Outbound:
    """A call that we are to get. `role` picks up, or does not."""

    role: str
    line: str
    persona: str | None
    purpose: str
    data: tuple[tuple[str, str], ...]
    menu: Path | None  # of the role ivr; None: its own


class _Line(argparse.Action):
    """--say and --wav fill one list: their order is the talk's."""

    def __call__(self, _: Any, namespace: Any, values: Any, option: str | None = None) -> None:
        given = list(getattr(namespace, "lines", None) or ())
        namespace.lines = given + [Path(value) if option == "--wav" else value for value in values]


def parse(arguments: Sequence[str]) -> Options:
    """SystemExit 2 with the usage when they make no sense."""
    parser = argparse.ArgumentParser(
        prog="python -m local.caller",
        description="Ring a line of the running stack as a caller would, talk, and measure what was heard. "
        "The last line of stdout is one JSON object. Exit code 0: the agent greeted and answered every turn.",
    )
    parser.add_argument("--number", help="the number to ring (default: the stack's first)")
    parser.add_argument("--from", dest="caller", default=DEFAULT_CALLER, help="the caller's own number (%(default)s)")
    parser.add_argument("--web", action="store_true", help="call from a browser (WebRTC) instead of a telephone")
    parser.add_argument("--say", nargs="+", action=_Line, dest="lines", metavar="TEXT", help="lines to speak, in turn")
    parser.add_argument(
        "--wav", nargs="+", action=_Line, dest="lines", metavar="FILE", help="sound files to play, in turn"
    )
    parser.add_argument("--dtmf", default="", metavar="DIGITS", help="keys to press after the greeting")
    parser.add_argument("--concurrency", type=int, default=1, metavar="N", help="so many calls at once (%(default)s)")
    parser.add_argument(
        "--hangup-after", type=float, metavar="S", help="hang up S seconds after the answer, come what may"
    )
    parser.add_argument(
        "--stack", type=Path, default=STACK_FILE, help="the running stack's file (default: of make run)"
    )
    parser.add_argument("--out", type=Path, default=VAR / "calls-heard", help="where recordings and transcripts go")
    _add_outbound(parser)
    given = parser.parse_args(arguments)
    if not 1 <= given.concurrency <= 50:
        parser.error("--concurrency takes 1 to 50")
    if given.outbound and (given.web or given.concurrency > 1):
        parser.error("--outbound is one call to one telephone")
    lines = tuple(given.lines or (() if given.dtmf else CONVERSATION))
    return Options(
        lines=lines,
        number=given.number,
        caller=given.caller,
        web=given.web,
        dtmf=given.dtmf,
        concurrency=given.concurrency,
        hangup_after_s=given.hangup_after,
        stack=given.stack,
        out=given.out,
        outbound=_outbound(given) if given.outbound else None,
    )


def _add_outbound(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("to be called", "have the call centre call --number, and be who is there")
    group.add_argument("--outbound", action="store_true", help="order the call through control, and take it")
    group.add_argument("--as", dest="role", choices=ROLES, default="human", help="who is there (%(default)s)")
    group.add_argument(
        "--menu", type=Path, metavar="FILE", help='JSON for ivr: {"say": .., "keys": {"1": {"say": ..}}}'
    )
    group.add_argument("--line", default="clinic", help="the line that calls (%(default)s)")
    group.add_argument("--persona", help="who speaks (default: the line's own)")
    group.add_argument("--purpose", default="", help="what the callee agreed to be called for")
    group.add_argument(
        "--data", nargs="+", type=_pair, default=[], metavar="KEY=VALUE", help="what the persona is told of the call"
    )


def _outbound(given: argparse.Namespace) -> Outbound:
    return Outbound(given.role, given.line, given.persona, given.purpose, tuple(given.data), given.menu)


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value
