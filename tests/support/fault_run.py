"""One call with one fault in it, and what became of caller and record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from local.caller import measure
from local.caller.errors import CallerError
from local.caller.recorder import Side
from local.caller.sound import Pcm
from local.records.order import place as place_of
from ops.deadline import DeadlineExceeded, deadline
from tests.support.calls import PATIENCE_S, Call, answers, ring
from tests.support.fault_place import Place
from tests.support.faults import Fault, Scene

QUESTION = "What are your opening hours?"
ANSWERS = (
    "We are open from Monday to Friday, from eight in the morning until six.",
    "Yes, we are open today.",
    "On Sunday we are closed.",
)
"""The agent's: the one during which the fault happens, the one during the fault, and the one after it."""

_FINISHED_S = 1.5  # an apology, and then what was asked: there is a pause between
_TOLERANCE_S = 0.05


@dataclass
class Finding:
    """`silence_s`: the longest that the caller, waiting for an answer or for its rest, heard nothing. None: for ever.

    `events` were written of the call, `twice` and `missing` are counts too. `wrong` says in words what else was.
    """

    fault: Fault
    silence_s: float | None = None
    events: int = 0
    twice: int = 0
    missing: int = 0
    outcome: str = "none"
    wrong: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Was everything as it was promised?"""
        return not self.wrong and not self.twice and not self.missing

    def __str__(self) -> str:
        return f"{self.fault.name}: {self.silence_s} s silent, {self.twice} twice, {self.missing} missing, {self.wrong}"


async def prove(fault: Fault, place: Place) -> Finding:
    """Ring, do it, ask on, hang up, and read the record. What is not as promised is in the finding, never raised."""
    finding, call = Finding(fault), None
    own = await place.worker(fault.route)
    try:
        async with ring(place.stack, info=own.info if own else None) as call:
            await _talk(call, fault, place)
    except (AssertionError, CallerError, DeadlineExceeded) as error:
        finding.wrong.append(f"{type(error).__name__}: {error}".splitlines()[0])
    finally:
        await answers(place.stack, {})
        await fault.mends(Scene(place, fault.route, ""))
        await place.mended()
    if call is not None:
        _heard(finding, call)
        _written(finding, call)
    return finding


async def _talk(call: Call, fault: Fault, place: Place) -> None:
    await call.greeting()
    scene = Scene(place, fault.route, await call.learn_id())
    await answers(place.stack, {"text": ANSWERS[0]})
    await call.written(lambda event: event["kind"] == "agent_spoke")
    asked = await call.talk.say(QUESTION)
    assert asked.said is not None
    await _audible(call, asked.said.end_s)
    await fault.breaks(scene)
    await call.talk.heard_answer(PATIENCE_S, finished_s=_FINISHED_S)
    await answers(place.stack, {"text": ANSWERS[1]})
    await call.ask(QUESTION)
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
    finding.twice = sum(count - 1 for count in places.values())
    for epoch in {epoch for epoch, _ in places}:
        seqs = {seq for its, seq in places if its == epoch}
        finding.missing += max(seqs) - min(seqs) + 1 - len(seqs)
    said = Counter(text for text in call.said("agent"))
    whole = ANSWERS if fault.epochs == 1 else ANSWERS[1:]  # a kill cuts the first one off
    finding.missing += sum(said[text] == 0 for text in whole)
    finding.twice += sum(max(0, said[text] - 1) for text in whole)
    questions = len(call.said("caller"))
    finding.missing += max(0, 3 - questions)
    finding.twice += max(0, questions - 3)
    for kind in ("call_started", "call_ended"):
        if (count := len(call.of_kind(kind))) != 1:
            finding.wrong.append(f"{count} {kind}")
    if call.record.get("epoch", 1) != fault.epochs:
        finding.wrong.append(f"{call.record.get('epoch', 1)} workers, promised are {fault.epochs}")
    if finding.outcome != "resolved":
        finding.wrong.append(f"outcome {finding.outcome}")
