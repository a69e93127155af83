"""A call that we make, put together: ready before it is dialled, deaf until it is answered, deaf to no refusal."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from livekit import rtc
from livekit.agents import LanguageCode, UserInputTranscribedEvent, stt

from agent.endings import Ending
from agent.opening import Opening
from agent.outbound.call_out import READY_ATTRIBUTE, CallOut
from agent.outbound.ears import Transcript
from agent.outbound.order import Order
from agent.outbound.stage import SessionStage
from calls.outcome import Outcome
from calls.policy import Policy
from calls.record import Caller, CallRecord, Direction, Leg
from config.model import Calling, Line, Persona, Practice
from ops.tasks import TaskSet
from tests.fakes.clock import EPOCH, FakeClock
from tests.support.virtual_time import virtual_time

PERSONA = Persona("p", "Be kind.", "This is the AI. Press nine for no more calls.", "v", "en-US", ())
LINE = Line("l", (), PERSONA, PERSONA.greeting, "v", "en-US", (), Policy(), Practice("C", "1 Road", "UTC", {}))
RECORD = CallRecord(
    "c", "out-c", "l", "p", Direction.OUTBOUND, Caller(Leg.SIP, "callee", "+15550100042"), EPOCH
)  # fmt: skip


class Session(rtc.EventEmitter[Any]):
    tts = None

    def says(self, text: str, *, final: bool = True) -> None:
        self.emit("user_input_transcribed", UserInputTranscribedEvent(transcript=text, is_final=final))


@dataclass
class StageOf:
    session: Session = field(default_factory=Session)
    done: list[str] = field(default_factory=list)
    ended: Ending | None = None
    greeted: asyncio.Event = field(default_factory=asyncio.Event)

    def talk(self, *, on: bool) -> None:
        self.done.append(f"talk {on}")

    def spoke(self, text: str) -> None:
        self.done.append(f"spoke {text}")

    async def no_more(self, how: str) -> None:
        self.done.append(f"no more by {how}")

    def end(self, ending: Ending) -> None:
        self.ended = ending


class RoomOf(rtc.EventEmitter[Any]):
    """A room whose server loses the first `loses` updates of attributes."""

    def __init__(self, loses: int = 0) -> None:
        super().__init__()
        self.identity, self.attributes = "agent", dict[str, str]()
        self.remote_participants: dict[str, Any] = {}
        self.local_participant, self.asked, self._loses = self, 0, loses

    async def set_attributes(self, attributes: dict[str, str]) -> None:
        self.asked += 1
        if self.asked > self._loses:
            self.attributes |= attributes
            self.emit("participant_attributes_changed", attributes, self)


def a_call(room: RoomOf, line: Line = LINE, *, answered: bool = False) -> tuple[CallOut, StageOf, TaskSet]:
    stage, tasks = StageOf(), TaskSet("test")
    record = RECORD.evolve(answered_at=EPOCH) if answered else RECORD
    opening = Opening(record, line.calls(Calling(), 300.0), None, order=Order())
    call = CallOut(
        opening, cast("rtc.Room", room), cast("SessionStage", stage), cast(Any, None), FakeClock(), tasks,
        cast(Any, SimpleNamespace(room_closed=lambda: stage.done.append("room closed"))),
    )  # fmt: skip
    return call.prepared(), stage, tasks


@virtual_time
async def test_readiness_is_said_until_the_server_has_it() -> None:
    """Nobody dials before, and the library does not say that an update was lost."""
    room = RoomOf(loses=2)
    call, stage, tasks = a_call(room)
    running = tasks.spawn(call.run(), name="run")
    await asyncio.sleep(1.0)
    assert READY_ATTRIBUTE not in room.attributes
    await asyncio.sleep(5.0)
    assert (room.attributes[READY_ATTRIBUTE], room.asked) == ("1", 3)
    await running
    assert stage.ended == Ending(Outcome.ABANDONED, "not_dialled")
    assert stage.done == ["talk False"]


@virtual_time
async def test_a_room_that_is_closed_before_the_answer_is_told() -> None:
    """An order that was cancelled while it rang."""
    room = RoomOf()
    call, stage, tasks = a_call(room)
    tasks.spawn(call.run(), name="run")
    await asyncio.sleep(1.0)
    room.emit("disconnected", rtc.DisconnectReason.ROOM_DELETED)
    assert "room closed" in stage.done
    await tasks.aclose()


async def test_a_call_that_another_worker_began_is_not_deaf() -> None:
    """Its callee talks already."""
    _, stage, tasks = a_call(RoomOf(), answered=True)
    assert stage.done == []
    await tasks.aclose()


@pytest.mark.parametrize(("keys", "meant"), [("9", True), ("9#", True), ("99", False), ("19", False), ("1", False)])
async def test_nine_means_no_more_where_it_is_offered(keys: str, meant: bool) -> None:
    """And is one digit of a number where it is not, or not alone."""
    call, stage, tasks = a_call(RoomOf())
    stage.greeted.set()
    assert call.keys(keys) is meant
    await asyncio.sleep(0)
    assert ("no more by key" in stage.done) is meant
    other = LINE.speaking_as(Persona("q", "Be kind.", "This is the AI.", "v", "en-US", ()))
    silent, _, _ = a_call(RoomOf(), other, answered=True)
    assert not silent.keys(keys)
    await tasks.aclose()


async def test_keys_before_the_greeting_are_for_nobody() -> None:
    """The model would answer them before anybody was told that it is one. Nine is heard at any time."""
    call, stage, tasks = a_call(RoomOf())
    assert call.keys("1")
    await asyncio.sleep(0)
    assert "no more by key" not in stage.done
    assert call.keys("9")
    await asyncio.sleep(0)
    assert "no more by key" in stage.done
    resumed, _, _ = a_call(RoomOf(), answered=True)
    assert not resumed.keys("1")
    await tasks.aclose()


async def test_plain_words_need_no_model() -> None:
    """Once they are said to the end."""
    _, stage, tasks = a_call(RoomOf(), answered=True)
    stage.session.says("take me off", final=False)
    stage.session.says("What time was it?")
    assert stage.done == []
    stage.session.says("Take me off your list.")
    await asyncio.sleep(0)
    assert stage.done == ["spoke Take me off your list.", "no more by voice"]
    await tasks.aclose()


def test_the_words_so_far_are_what_is_final_and_what_is_not_yet() -> None:
    """As a recogniser gives them."""
    transcript, kind = Transcript(), stt.SpeechEventType
    assert transcript.take(event(kind.INTERIM_TRANSCRIPT, "hello you")) == "hello you"
    assert transcript.take(event(kind.FINAL_TRANSCRIPT, "hello you have")) == "hello you have"
    assert transcript.take(event(kind.INTERIM_TRANSCRIPT, "reached")) == "hello you have reached"
    assert transcript.take(event(kind.START_OF_SPEECH)) is None
    transcript.forget()
    assert transcript.take(event(kind.FINAL_TRANSCRIPT, "bob")) == "bob"


def event(kind: stt.SpeechEventType, *texts: str) -> stt.SpeechEvent:
    return stt.SpeechEvent(
        kind, alternatives=[stt.SpeechData(language=LanguageCode("en"), text=text) for text in texts]
    )
