"""A German line says every fixed sentence in German, whoever says it: no caller hears English in between."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from string import Formatter
from typing import Any, cast

import pytest

from agent import inbound
from agent.failures import FAREWELL, Failure
from agent.outbound.reception import asking
from agent.outbound.stage import SessionStage
from agent.phone.hand_off import ACCEPT
from agent.recall import way_back
from agent.worker import fixed_phrases, ways_of_answering
from calls.events import AgentSpoke
from calls.policy import RecordingMode
from calls.record import Caller, Leg
from config.model import CallCenter, Line
from config.phrases.english import ENGLISH
from config.phrases.german import GERMAN
from config.phrases.phrases import Phrases
from config.phrases.table import BY_LANGUAGE
from config.telephony import Closed, Inbound, Target, Telephony
from tests.fakes.clock import FakeClock
from tests.fakes.permits import FakePermits
from tests.support import a_recording, put_through
from tests.support.a_call import a_record
from tests.support.a_tape import TapeScene
from tests.support.house import sources, tree
from tests.support.virtual_time import virtual_time

RECEPTION = Target("front-desk", "+15550100090", "die Rezeption", confirm=True)


def own(phrases: Phrases) -> dict[str, str]:
    """Those beside the policy's, by name."""
    more = {f.name: getattr(phrases, f.name) for f in fields(phrases) if f.name not in ("policy", "failures")}
    return {**more, **phrases.failures}


def gaps(words: str) -> set[str]:
    return {gap for _, gap, _, _ in Formatter().parse(words) if gap}


def german(mode: RecordingMode = RecordingMode.OFF, target: Target = RECEPTION) -> Line:
    policy = replace(GERMAN.policy, recording=replace(GERMAN.policy.recording, mode=mode))
    hello = "Guten Tag, hier ist der KI-Assistent der Praxis. Was kann ich für Sie tun?"
    return replace(put_through.line(target), language="de-AT", greeting=hello, policy=policy)


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_a_table_says_what_every_other_says(language: str) -> None:
    """The same phrases, with the same gaps: one that is missing would break the call that needs it."""
    said, wanted = own(BY_LANGUAGE[language]), own(ENGLISH)
    assert set(said) == set(wanted)
    for name, words in said.items():
        assert gaps(words) <= gaps(wanted[name]), name
        assert name == "refused" or gaps(words) == gaps(wanted[name]), name  # German would have to decline a name there


def test_what_a_table_says_of_failures_are_failures() -> None:
    """A name that is none is never said."""
    assert set(ENGLISH.failures) - set(Failure) == {FAREWELL}


def test_no_module_of_the_agent_has_words_of_its_own() -> None:
    """They would be English on every line: they belong in config/phrases."""
    said = {words.strip() for words in own(ENGLISH).values()}
    for path in sources("agent", "calls"):
        texts = {node.value for node in ast.walk(tree(path)) if isinstance(node, ast.Constant)}
        assert not said & texts - {ENGLISH.recorded}, path  # which is the policy's notice, too


def test_who_answers_at_closed_hours_is_rendered_ahead_too() -> None:
    """In their own language and voice; and the message that stands for them, which is all that is said then."""
    hilde = replace(put_through.ADA, name="hilde", voice="hilde", language="de-DE", greeting="KI hier.")
    line = put_through.line()
    day = replace(
        line,
        telephony=Telephony(inbound=Inbound(closed=Closed(persona="hilde"))),
        policies={key: phrases.policy for key, phrases in BY_LANGUAGE.items()},
    )
    night = replace(line, telephony=Telephony(inbound=Inbound(closed=Closed(message="We are closed."))))
    center = CallCenter(line.practice, {"day": day, "night": night}, {"hilde": hilde})
    answering = ways_of_answering(center)
    assert [each.voice for each in answering] == ["fable", "fable", "hilde"]
    assert {"KI hier.", GERMAN.policy.silence.farewell, GERMAN.failures["llm_slow"]} < set(fixed_phrases(answering[2]))
    assert "We are closed." in fixed_phrases(answering[1])


@pytest.mark.parametrize("mode", RecordingMode)
def test_what_is_rendered_ahead_is_german(mode: RecordingMode) -> None:
    """Phrases in the wrong language would be rendered in vain, and the right ones come late or never."""
    phrases = fixed_phrases(german(mode))
    policy = ENGLISH.policy
    english = [*own(ENGLISH).values(), *policy.silence.words, policy.silence.farewell, policy.turn.words]
    english += [policy.length.warning, policy.length.farewell, policy.recording.notice, policy.recording.question]
    english += [policy.recording.declined, policy.recording.unavailable, policy.disclosure.words]
    assert not [each for each in phrases if any(words in each for words in english)]
    assert set(GERMAN.failures.values()) < set(phrases)
    if mode is RecordingMode.REQUIRED:
        assert GERMAN.must_be in phrases
    elif mode is not RecordingMode.OFF:
        assert {GERMAN.stopped, GERMAN.still_on} < set(phrases)


def test_the_way_back_into_the_talk_is_german() -> None:
    """The worker that takes over says it of what another said."""
    spoke = AgentSpoke(call_id=a_record().call_id, seq=1, at=1.0, turn=1, text="Wir haben geöffnet.")
    assert way_back([spoke], german()) == "Ich sagte gerade: Wir haben geöffnet."
    assert way_back([replace(spoke, interrupted=True)], german()) == "Bitte sagen Sie das noch einmal."


def test_who_may_have_answered_is_asked_in_german() -> None:
    """With the disclosure in the first sentence."""
    assert asking(german()) == "Guten Tag, Sie sprechen mit einem KI-Assistenten. Ist da jemand?"


async def test_who_calls_too_often_is_told_so_in_german() -> None:
    """The second of two, where one an hour is allowed."""
    told: list[str] = []
    line = german()
    line = replace(line, telephony=replace(line.telephony, inbound=Inbound(calls_per_hour=1)))
    tallies = FakePermits(FakeClock())

    @asynccontextmanager
    async def counted() -> AsyncIterator[FakePermits]:
        yield tallies

    for _ in range(2):
        await inbound.ration(line, Caller(Leg.SIP, "c", "+15550199"), counted, lambda words, _: told.append(words))
    assert told == [GERMAN.too_often]


@pytest.mark.parametrize(
    ("answer", "words"),
    [("busy", "die Rezeption telefoniert gerade"), ("no_answer", "die Rezeption ist gerade nicht zu erreichen")],
)
@virtual_time
async def test_who_is_not_reached_is_told_in_german(answer: str, words: str) -> None:
    """By what the line calls them, which is German as well."""
    scene = put_through.Scene(of=german(), answer=answer)
    scene.through.ask("front-desk", "")
    await asyncio.sleep(5.0)
    assert words in scene.call.said[-1][0]
    await scene.tasks.aclose()


@virtual_time
async def test_the_person_is_told_and_asked_in_german() -> None:
    """The keys are named in it; what must be known of a recording comes first."""
    scene = put_through.Scene(of=german())
    scene.call.told = GERMAN.recorded
    scene.through.ask("front-desk", "Es geht um einen Zahn.")
    await asyncio.sleep(4.0)
    brief = "Guten Tag, hier ist der Assistent von Larkfield. Ich habe einen Anruf für Sie. "
    asked = f" Drücken Sie die {ACCEPT}, um das Gespräch anzunehmen, oder die 2, wenn es gerade nicht geht."
    assert scene.call.said[0][0] == f"{brief}{GERMAN.recorded} Es geht um einen Zahn.{asked}"
    await scene.tasks.aclose()


@virtual_time
async def test_who_stops_the_recording_is_answered_in_german() -> None:
    """And a person to whom they are put through before that is told of it in German."""
    scene = a_recording.Scene("best_effort")
    scene.talk.phrases = GERMAN
    scene.call.greet(a_recording.GREETING)
    await asyncio.sleep(5.0)
    assert scene.call.for_a_person == GERMAN.recorded
    assert scene.hears("Bitte beenden Sie die Aufnahme.")
    await asyncio.sleep(15.0)
    assert scene.talk.said[-1] == GERMAN.stopped
    await scene.over()


async def test_who_wants_no_more_calls_is_told_in_german() -> None:
    """With the disclosure in front where nothing has been said to them yet."""
    said: list[str] = []

    class Parts:
        phrases = GERMAN
        input = property(lambda self: self)

        def set_audio_enabled(self, on: bool) -> None: ...
        def hold(self, *, on: bool) -> None: ...
        def interrupt(self, *, force: bool) -> None: ...
        def now(self, ending: object) -> None: ...

        async def say_heard(self, words: str, *, interruptible: bool) -> None:
            said.append(words)

    async def taken(_: str) -> bool | None:
        return True

    parts = cast(Any, Parts())
    stage = SessionStage(parts, parts, TapeScene().chronicle, parts, parts, taken, GERMAN.policy.disclosure)
    await stage.no_more("voice")
    assert said == [f"{GERMAN.policy.disclosure.words} {GERMAN.no_more_calls}"]
