"""In a call that we make the notice is part of what a person is greeted with, and a machine is not recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from agent.chronicle import Chronicle
from agent.outbound.screening import Answer
from agent.outbound.stage import SessionStage
from calls.policy import Disclosure
from tests.support.a_tape import TapeScene


@dataclass
class Waiting:
    called_off: bool = False

    def call_off(self) -> None:
        self.called_off = True


@dataclass
class Recording:
    greeted: list[str] = field(default_factory=list)
    nobody: int = 0
    waiting: Waiting = field(default_factory=Waiting)

    def greet(self, greeting: str) -> None:
        self.greeted.append(greeting)

    def nobody_answered(self) -> None:
        self.nobody += 1


def staged(recording: Recording) -> SessionStage:
    async def no_list(how: str) -> bool | None:
        raise AssertionError(how)

    chronicle: Chronicle = TapeScene().chronicle
    parts = (cast(Any, None), cast(Any, None), chronicle, cast(Any, None), cast(Any, None))
    return SessionStage(*parts, no_list, Disclosure(), cast(Any, recording))


def test_a_person_is_told_with_the_greeting() -> None:
    recording = Recording()
    stage = staged(recording)
    stage.found(Answer.HUMAN, 1.2, "Hello?")
    stage.greet("This is the AI of Larkfield. Is that Alice?")
    assert recording.greeted == ["This is the AI of Larkfield. Is that Alice?"]
    assert (stage.greeted.is_set(), recording.nobody) == (True, 0)


def test_a_machine_is_told_nothing_so_nothing_is_recorded() -> None:
    """Also one that was taken for a person at first."""
    recording = Recording()
    stage = staged(recording)
    stage.found(Answer.HUMAN, 1.2, "Hello, this is Bob.")
    stage.found(Answer.MACHINE, 9.0, "Hello, this is Bob. Leave a message after the tone.")
    assert (recording.greeted, recording.nobody) == ([], 1)
