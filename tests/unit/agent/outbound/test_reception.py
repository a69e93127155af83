"""What is said to whom: people are greeted at once, machines get their message after the tone, menus get keys."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from agent.endings import Ending
from agent.outbound.order import Order
from agent.outbound.reception import Reception, asking
from agent.outbound.screening import Answer
from calls.outcome import Outcome
from calls.policy import Disclosure, Policy
from config.model import Calling, Line, Persona, Practice
from config.phrases.english import ENGLISH
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.fakes.ears import ScriptedEars
from tests.support.virtual_time import virtual_time

PERSONA = Persona(
    "p", "Be kind.", "Hello, this is an AI.", "v", "en-US", (), voicemail="This is the AI. Please call back."
)
BARE = Line("l", (), PERSONA, PERSONA.greeting, "v", "en-US", (), Policy(), Practice("C", "1 Road", "UTC", {}))
LINE = BARE.calls(Calling(), 300.0)
MESSAGE_S = 6.0
VOICEMAIL = Ending(Outcome.VOICEMAIL, "voicemail_left")


class StageOf:
    """Notes what is done and when, in seconds; a message takes `MESSAGE_S` to say."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock, self._from = clock, clock.monotonic()
        self.done: list[tuple[str, float]] = []
        self.answers: list[Answer] = []
        self.ended: Ending | None = None
        self._hushed = asyncio.Event()

    def _note(self, what: str) -> None:
        self.done.append((what, self._clock.monotonic() - self._from))

    def found(self, answer: Answer, after_s: float, text: str) -> None:
        self.answers.append(answer)

    def talk(self, *, on: bool) -> None:
        self._note(f"talk {on}")

    def greet(self, words: str) -> None:
        self._note(f"greet {words}")

    async def tell(self, words: str) -> None:
        self._note(f"tell {words}")
        self._hushed.clear()
        try:
            async with asyncio.timeout(MESSAGE_S):
                await self._hushed.wait()
        except TimeoutError:
            self._note("told")

    async def answer_menu(self, text: str) -> None:
        self._note(f"menu {text}")
        await asyncio.sleep(1.0)

    def hush(self) -> None:
        self._note("hush")
        self._hushed.set()

    def spoke(self, text: str) -> None:
        self._note(f"spoke {text}")

    async def no_more(self, how: str) -> None:
        self._note(f"no more by {how}")

    def end(self, ending: Ending) -> None:
        self._note("end")
        self.ended = ending

    @property
    def what(self) -> list[str]:
        return [what for what, _ in self.done]

    def at(self, what: str) -> float:
        return next(at for done, at in self.done if done == what)


async def received(order: Order | None = None, line: Line = LINE, **heard: Any) -> StageOf:
    """The stage after a whole reception of a callee who is heard so."""
    clock = FakeClock()
    stage, tasks = StageOf(clock), TaskSet("test")
    ears = ScriptedEars(clock, **heard)
    await Reception(order or Order(), line, stage, ears, clock, tasks).receive()
    await tasks.aclose()
    return stage


GREETED = ["talk True", "greet Hello, this is an AI."]


@virtual_time
async def test_a_person_who_says_hello_is_greeted_within_a_second() -> None:
    """They stopped at 0.9 s; the sound is another 0.15 s on its way."""
    stage = await received(speech=[(0.4, 0.9)])
    assert stage.what == GREETED
    assert stage.at(GREETED[1]) <= 0.9 + 0.7
    assert stage.answers == [Answer.HUMAN]


@virtual_time
async def test_a_person_who_waits_is_greeted() -> None:
    """Two seconds after the answer."""
    stage = await received()
    assert stage.at(GREETED[1]) == pytest.approx(2.0, abs=0.1)


@virtual_time
async def test_a_machine_is_spoken_to_after_its_tone() -> None:
    """Not a word before it; the whole message; then the end, as voicemail."""
    stage = await received(speech=[(0.3, 9.0)], words=[(2.0, "please leave a message after the tone")], beeps=[10.2])
    assert stage.what == [f"tell {LINE.voicemail}", "told", "end"]
    assert stage.at(stage.what[0]) == pytest.approx(10.3, abs=0.1)
    assert (stage.answers, stage.ended) == ([Answer.MACHINE], VOICEMAIL)


@virtual_time
async def test_a_machine_without_a_tone_is_spoken_to_when_it_is_quiet() -> None:
    """Two seconds after its last word."""
    stage = await received(speech=[(0.3, 9.0)], words=[(2.0, "leave a message")])
    assert stage.at(f"tell {LINE.voicemail}") == pytest.approx(11.0, abs=0.15)
    assert stage.ended == VOICEMAIL


@virtual_time
async def test_a_tone_that_comes_late_begins_the_message_again() -> None:
    """What was said before it was not recorded."""
    stage = await received(speech=[(0.3, 5.0)], words=[(2.0, "leave a message")], beeps=[8.5])
    message = f"tell {LINE.voicemail}"
    assert stage.what == [message, "hush", message, "told", "end"]


@virtual_time
async def test_nothing_is_left_where_it_is_not_wanted() -> None:
    """By the order, or because the persona has no message: the call ends at once."""
    heard: dict[str, Any] = {"speech": [(0.3, 9.0)], "words": [(2.0, "leave a message after the tone")]}
    for stage in (
        await received(Order(voicemail=False), **heard),
        await received(line=replace(LINE, persona=replace(PERSONA, voicemail="")), **heard),
    ):
        assert stage.what == ["end"]
        assert stage.ended == Ending(Outcome.VOICEMAIL, "machine")


@virtual_time
async def test_a_full_mailbox_is_the_end() -> None:
    """Nobody heard anything: abandoned."""
    stage = await received(speech=[(0.3, 4.0)], words=[(3.0, "the mailbox is full")])
    assert stage.ended == Ending(Outcome.ABANDONED, "no_mailbox")


@virtual_time
async def test_a_machine_that_was_taken_for_a_person_is_found_out() -> None:
    """Bob. (pause; we greet) ... after the tone: we stop, and wait for it."""
    stage = await received(
        speech=[(0.2, 0.8), (2.0, 5.0)], words=[(4.0, "bob please leave a message after the tone")], beeps=[6.0]
    )
    assert stage.what == [*GREETED, "talk False", "hush", f"tell {LINE.voicemail}", "told", "end"]
    assert stage.answers == [Answer.HUMAN, Answer.MACHINE]
    assert stage.ended == VOICEMAIL


@virtual_time
async def test_who_cannot_be_told_is_asked_once_and_then_greeted() -> None:
    """Whoever answers the question is a person; so is who does not."""
    stage = await received(speech=[(0.3, 4.5), (12.5, 16.5)], words=[(4.0, "this is the family of bob and jane")])
    assert stage.what == [f"tell {asking(LINE)}", "told", *GREETED]
    assert stage.answers[0] is Answer.UNSURE


@virtual_time
async def test_whose_first_words_want_no_calls_is_not_greeted() -> None:
    """They know who it is by now."""
    stage = await received(speech=[(0.3, 1.2)], words=[(1.3, "stop calling me")])
    assert stage.what == ["spoke stop calling me", "no more by voice"]


@virtual_time
async def test_a_menu_gets_keys_and_then_a_person_the_greeting() -> None:
    """The disclosure is said to the first person, however many machines are in between."""
    stage = await received(
        speech=[(0.3, 3.0), (9.0, 12.0), (30.0, 30.6)],
        words=[(2.5, "for appointments press one"), (11.0, "for doctors press two")],
    )
    menus = ["menu for appointments press one", "menu for doctors press two"]
    assert stage.what == [*menus, *GREETED]
    assert stage.answers == [Answer.MENU, Answer.MENU, Answer.HUMAN]


@virtual_time
async def test_a_menu_that_goes_round_for_ever_is_left() -> None:
    """After eight times."""
    words = [(1.4 + 3.6 * n, "press one") for n in range(40)]
    stage = await received(speech=[(0.5 + 3.6 * n, 1.5 + 3.6 * n) for n in range(40)], words=words)
    assert stage.ended == Ending(Outcome.ABANDONED, "nobody_found")


def test_the_question_says_who_asks() -> None:
    """Unless the line's policy has it otherwise."""
    assert asking(LINE) == f"{Disclosure().words} {ENGLISH.anybody_there}"
    silent = replace(LINE, policy=Policy(disclosure=Disclosure(ai=False)))
    assert asking(silent) == ENGLISH.anybody_there
