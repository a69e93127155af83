"""One call with one fault in it, and what became of caller and record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from local.caller import measure
from local.caller.errors import CallerError
from local.caller.recorder import Side
from local.caller.sound import Pcm
from local.caller.talk import FINISHED_S
from local.records.order import place as place_of
from ops.clock import SystemClock
from ops.deadline import DeadlineExceeded, deadline
from tests.support.calls import PATIENCE_S, Call, answers, ring
from tests.support.fault_place import SKEWED, Place
from tests.support.faults import Fault, Scene

QUESTION = "What are your opening hours?"
ANSWERS = (
    "We are open from Monday to Friday, from eight until six.",
    "Yes, we are open today.",
    "On Sunday we are closed.",
)
"""The agent's: the one during which the fault happens, the one during the fault, and the one after it."""

_APOLOGISED_S = 1.5  # an apology, and then what was asked: there is a pause between
_TOLERANCE_S = 0.05


@dataclass
class Finding:
    """`silence_s`: the longest that the caller, waiting for an answer or for its rest, heard nothing. None: for ever.

    `events` were written of the call. `twice` and `missing` name those that were so, `wrong` what else was.
    """

    fault: Fault
    silence_s: float | None = None
    events: int = 0
    twice: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    outcome: str = "none"
    wrong: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Was everything as it was promised?"""
        return not self.wrong and not self.twice and not self.missing

    def __str__(self) -> str:
        silent = "for ever" if self.silence_s is None else f"{self.silence_s:.2f} s"
        complaints = [f"twice: {', '.join(self.twice)}"] if self.twice else []
        complaints += [f"missing: {', '.join(self.missing)}"] if self.missing else []
        return "; ".join((f"{self.fault.name}: silent {silent}, {self.events} events", *complaints, *self.wrong))


async def prove(fault: Fault, place: Place) -> Finding:
    """Ring, do it, ask on, hang up, and read the record. What is not as promised is in the finding, never raised."""
    finding, call = Finding(fault), None
    await place.mended()
    own = await place.worker(fault.route)
    try:
        async with ring(place.stack, info=own.info if own else None) as call:
            await _talk(call, fault, place)
    except (AssertionError, CallerError, DeadlineExceeded) as error:
        finding.wrong.append(f"{type(error).__name__}: {error}".splitlines()[0])
    finally:
        await answers(place.stack, {})
        await place.mended()
    if call is not None:
        _heard(finding, call)
        _written(finding, call)
    return finding


async def _talk(call: Call, fault: Fault, place: Place) -> None:
    await call.greeting()
    scene = Scene(place, fault.route, await call.learn_id())
    await answers(place.stack, {"text": ANSWERS[0]})
    asked = await call.talk.say(QUESTION)
    assert asked.said is not None
    await _audible(call, asked.said.end_s)
    # A worker that is killed loses what it did not write yet, at most 0.3 s of the talk: a question is not in there.
    await call.written(lambda event: event["kind"] == "caller_spoke")
    await fault.breaks(scene)
    try:
        await call.talk.heard_answer(PATIENCE_S, finished_s=FINISHED_S if fault.epochs == 1 else _APOLOGISED_S)
        await answers(place.stack, {"text": ANSWERS[1]})
        await call.ask(QUESTION)
    finally:
        await fault.mends(scene)
    await answers(place.stack, {"text": ANSWERS[2]})
    await call.ask(QUESTION)


async def _audible(call: Call, after_s: float) -> None:
    agent = call.leg.handset.agent
    async with deadline(PATIENCE_S, "the answer that is to be disturbed"):
        while agent.onset_after(after_s) is None:
            await agent.more()


def _heard(finding: Finding, call: Call) -> None:
    turns = [turn for turn in call.report().turns if turn]
    finding.silence_s = longest_wait_s(call.leg.recorder.sound(Side.AGENT), [turn.said for turn in turns])
    if finding.silence_s is None:
        finding.wrong.append("a question was never answered")
    elif finding.silence_s > finding.fault.silence_s + _TOLERANCE_S:
        finding.wrong.append(f"silent for {finding.silence_s:.1f} s, promised are {finding.fault.silence_s:g} s")


def longest_wait_s(agent: Pcm, questions: list[measure.Span]) -> float | None:
    """From a question's end, or the end of a piece of the answer, to the agent's next sound before the next question:
    the longest of all, by the recording alone. None where a question had no answer at all."""
    spoken, longest = measure.voiced(agent), 0.0
    for index, question in enumerate(questions):
        until_s = questions[index + 1].start_s if index + 1 < len(questions) else float("inf")
        pieces = [span for span in spoken if question.end_s <= span.end_s and span.start_s < until_s]
        if not pieces:
            return None
        ends = [question.end_s, *(piece.end_s for piece in pieces)]
        longest = max(longest, *(piece.start_s - end for end, piece in zip(ends, pieces, strict=False)))
    return longest if questions else None


def _written(finding: Finding, call: Call) -> None:
    """Every question and answer is in the record once, in order, by as many workers as there were."""
    fault, events = finding.fault, call.events
    finding.events, finding.outcome = len(events), str(call.record.get("outcome"))
    places = Counter(place_of(event) for event in events)
    finding.twice += [f"event {place}" for place, count in places.items() if count > 1]
    for epoch in {epoch for epoch, _ in places}:
        seqs = {seq for its, seq in places if its == epoch}
        finding.missing += [f"event {(epoch, seq)}" for seq in range(min(seqs), max(seqs)) if seq not in seqs]
    whole = ANSWERS if fault.epochs == 1 else ANSWERS[1:]  # a kill cuts the first one off
    said = Counter(dict.fromkeys(whole, 0))
    said.update(text for text in call.said("agent") if text in whole)
    said[f"a question, {len(call.said('caller'))} of {len(ANSWERS)} times"] = (
        1 + len(call.said("caller")) - len(ANSWERS)
    )
    finding.missing += [text for text, count in said.items() if count < 1]
    finding.twice += [text for text, count in said.items() if count > 1]
    for kind in ("call_started", "call_ended"):
        if (count := len(call.of_kind(kind))) != 1:
            finding.wrong.append(f"{count} {kind}")
    if call.record.get("epoch", 1) != fault.epochs:
        finding.wrong.append(f"{call.record.get('epoch', 1)} workers, promised are {fault.epochs}")
    if fault.route == SKEWED and events and events[0]["at"] < SystemClock().now() + 240:
        finding.wrong.append("the worker's clock was not fast")
    if finding.outcome != "resolved":
        finding.wrong.append(f"outcome {finding.outcome}")
