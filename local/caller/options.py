"""The command line of `python -m local.caller`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.caller.phone_leg import DEFAULT_CALLER
from local.paths import STACK_FILE, VAR

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
    given = parser.parse_args(arguments)
    if not 1 <= given.concurrency <= 50:
        parser.error("--concurrency takes 1 to 50")
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
    )
