"""One call from the first ring to the written outcome: what `python -m local.caller` does, N times at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.caller.errors import CallerError
from local.caller.hearing import Transcribe
from local.caller.legs import Leg, PhoneLeg, WebLeg
from local.caller.options import Options
from local.caller.outcome import closed_record, settled_record
from local.caller.sound import Pcm
from local.caller.subtitles import Subtitles
from local.caller.talk import Exchange, Report, Talk
from local.info import StackInfo
from local.records import Records
from ops.clock import Clock, SystemClock
from ops.deadline import DeadlineExceeded, deadline

RINGS_S = 45.0  # before the caller gives up: longer than a trunk's ringing_timeout, so that its 486 is seen
ANSWER_S = 20.0  # for an answer to begin
_GOODBYE_S = 6.0  # for the agent to hang up after the last answer
CALL_ID_S = 2.0
PROVEN_S = 10.0  # from a call's end until its recording has been seen in the bucket
_LONGEST_S = 600.0
_TALK = "the talk's end"
CALL_ID = "switchboard.call_id"  # the agent participant's attribute

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Line:
    """A line to speak: its sound at 48 kHz, and its words or the file's name."""

    text: str
    pcm: Pcm


@dataclass(slots=True)
class Placed:
    """A call and what came of it."""

    leg: Leg
    talk: Talk
    call_id: str | None = None
    record: dict[str, Any] | None = None
    trouble: str | None = None  # why it was not as it should be
    greeted: bool = False
    unsaid: int = 0  # lines there was no time for
    report: Report = field(default_factory=lambda: Report([], None))

    @property
    def good(self) -> bool:
        """The agent greeted and answered every turn."""
        return self.greeted and self.trouble is None and all(turn.answered_s is not None for turn in self.report.turns)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes the calls of one invocation: what it was told, what it will say, and its ears."""

    options: Options
    lines: Sequence[Line]
    transcribe: Transcribe
    records: Records  # what the agent leaves of its calls
    clock: Clock = field(default_factory=SystemClock)

    def leg(self, stack: StackInfo) -> Leg:
        """The way into a call that the options ask for. CallerError when there is no number to ring."""
        given = self.options
        return WebLeg.of(stack) if given.web else PhoneLeg.of(stack, given.number, given.caller)


async def place(caller: Caller, leg: Leg, say: Say) -> Placed:
    """Ring, talk, hang up, look up the outcome. What goes wrong with the call is in its `trouble`."""
    options = caller.options
    subtitles = Subtitles(caller.transcribe, say, meanwhile=options.concurrency == 1)
    call = Placed(leg, Talk(leg, clock=caller.clock))
    try:
        await leg.connect()
        await leg.answered(RINGS_S)
        say(f"answered after {leg.handset.now_s:.1f} s")
        async with deadline(options.hangup_after_s or _LONGEST_S, _TALK):
            await _converse(call, caller, say, subtitles)
    except DeadlineExceeded as error:
        if error.what == _TALK and options.hangup_after_s is not None:
            _cut(call)
        else:
            call.trouble = str(error)
    except CallerError as error:
        call.trouble = str(error)
    finally:
        call.call_id = await leg.attribute(CALL_ID, CALL_ID_S) if leg.attributes else None
        await leg.hangup()
    say(f"over after {leg.handset.now_s:.1f} s: {leg.ended_because}")
    call.report = call.talk.report()
    await subtitles.finish()
    if call.call_id:
        call.record = await closed_record(caller.records, call.call_id, caller.clock)
        if call.record:
            call.record = await settled_record(caller.records, call.call_id, caller.clock, PROVEN_S) or call.record
    return call


async def _converse(call: Placed, caller: Caller, say: Say, subtitles: Subtitles) -> None:
    keys, lines = caller.options.dtmf, caller.lines

    async def answer() -> None:
        await call.talk.heard_answer(ANSWER_S)
        if call.leg.agent_words:
            say(f"          agent (its own transcript): {call.leg.agent_words[-1]}")
        await subtitles.add(call.talk.exchanges[-1])

    call.unsaid = len(lines)
    await answer()
    call.greeted = True
    if keys:
        say(f"caller presses {keys}")
        await call.leg.dtmf(keys)
        if not lines:
            await answer()
    for line in lines:
        if call.leg.ended.is_set():
            raise CallerError(f"The agent ended the call before the caller could say {line.text!r}.")
        say(f"{call.leg.handset.now_s:6.1f}  caller: {line.text}")
        call.unsaid -= 1
        await call.talk.say(line.pcm, line.text)
        await answer()
    try:
        async with deadline(_GOODBYE_S, "the agent's goodbye"):
            await call.leg.ended.wait()
    except DeadlineExceeded:
        say("the caller hangs up")


def _cut(call: Placed) -> None:
    """The caller hung up by the clock, as it was told to: a line without its answer is then nobody's fault."""
    call.greeted = call.leg.handset.agent.last_s is not None
    if call.talk.exchanges and call.talk.exchanges[-1].heard is None:
        call.talk.exchanges.pop()


def write_transcript(path: Path, exchanges: Sequence[Exchange]) -> None:
    """Who said what when: {"side", "start_s", "end_s", "text"}; the agent's text is what the caller's ears made out."""
    said: list[dict[str, Any]] = []
    for exchange in exchanges:
        if exchange.said is not None:
            said.append(_entry("caller", exchange.said.start_s, exchange.said.end_s, exchange.line))
        if exchange.heard is not None:
            span = exchange.heard.span
            said.append(_entry("agent", span.start_s, span.end_s, exchange.heard.words))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n")


def _entry(side: str, start_s: float, end_s: float, text: str | None) -> dict[str, Any]:
    return {"side": side, "start_s": round(start_s, 2), "end_s": round(end_s, 2), "text": text}
