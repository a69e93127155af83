"""A card's digits go from the keypad to the safe while nothing is recorded, and to nobody else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from agent.cards.taking import Taking
from config.phrases.english import ENGLISH
from config.phrases.phrases import Phrases
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.fakes.safe import FakeSafe
from tests.support.virtual_time import virtual_time

CARD = "4111111111111111"


@dataclass
class Call:
    """Session, speaker, silence and recording of a call: everything that must not have heard a digit."""

    events: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    deaf: bool = False
    paused: str = ""
    pauses: bool = True
    held: bool = False
    hangs: bool = False
    asked_while: list[tuple[str, str, bool]] = field(default_factory=list)
    current_speech: None = None
    phrases: Phrases = ENGLISH

    @property
    def input(self) -> Call:
        return self

    def set_audio_enabled(self, on: bool) -> None:
        self.deaf = not on

    def hold(self, *, on: bool) -> None:
        self.held = on

    async def pause(self, reason: str) -> bool:
        await asyncio.sleep(0.5)
        self.paused = reason if self.pauses else ""
        return self.pauses

    def keep_paused(self, reason: str) -> None:
        self.paused = reason

    def resume(self, reason: str) -> None:
        assert reason in ("card",)
        self.paused = ""

    async def say_heard(self, words: str, *, interruptible: bool = True) -> None:
        assert not interruptible
        self.asked_while.append((words, self.paused, self.deaf))
        await asyncio.sleep(3600.0 if self.hangs else 4.0)

    def reply(self, to: str | None = None) -> None:
        self.replies.append(to or "")


class Scene:
    def __init__(self, *, recorded: bool = True) -> None:
        self.call, self.safe, self.tasks = Call(), FakeSafe(), TaskSet("test")
        call = self.call
        self.taking = Taking("call-1", self.safe, call if recorded else None, call, call, call, FakeClock(), self.tasks)  # type: ignore[arg-type]

    def type(self, keys: str) -> list[bool]:
        return [self.taking.key(key) for key in keys]

    @property
    def as_before(self) -> bool:
        """The recording goes on, the session hears, keys are the model's again."""
        return not (self.call.paused or self.call.deaf or self.call.held or self.taking.key("1"))


@virtual_time
async def test_the_recording_is_paused_before_the_digits_are_asked_for_and_goes_on_after_them() -> None:
    """The model learns that it was taken, and four digits."""
    scene = Scene()
    assert not scene.taking.key("1")
    assert scene.taking.begin()
    assert not scene.taking.begin()
    await asyncio.sleep(5.0)
    assert scene.call.asked_while == [(ENGLISH.card, "card", True)]
    assert all(scene.type(CARD + "#"))
    await asyncio.sleep(1.0)
    assert scene.safe.kept == [("call-1", CARD)]
    assert scene.call.replies == ["(the card number: taken, it ends with 1 1 1 1)"]
    assert scene.as_before
    await scene.tasks.aclose()


@pytest.mark.parametrize(
    ("keys", "reply", "asked"),
    [
        ("*", "they typed none", [ENGLISH.card]),
        ("4111*", "they typed none", [ENGLISH.card]),
        ("", "they typed none", [ENGLISH.card]),
        ("12345#" + CARD + "#", "taken, it ends with 1 1 1 1", [ENGLISH.card, ENGLISH.card_again]),
        ("12345#4242#", "what they typed is no card's number", [ENGLISH.card, ENGLISH.card_again]),
        ("##" + CARD, "taken, it ends with 1 1 1 1", [ENGLISH.card]),
        ("4" * 60, "they typed none", [ENGLISH.card, ENGLISH.card_again]),
    ],
)
@virtual_time
async def test_whatever_is_typed_the_call_goes_on_as_before(keys: str, reply: str, asked: list[str]) -> None:
    """Given up, wrong twice, no "#", a flood, or nothing at all."""
    scene = Scene()
    scene.taking.begin()
    await asyncio.sleep(5.0)
    assert all(scene.type(keys))
    await asyncio.sleep(90.0)
    assert [words for words, _, _ in scene.call.asked_while] == asked
    assert scene.call.replies == [f"(the card number: {reply})"]
    assert scene.as_before
    await scene.tasks.aclose()


@pytest.mark.parametrize(("trouble", "word"), [("down", "wrong on our side"), ("refuses", "refused")])
@virtual_time
async def test_a_card_that_is_not_taken_is_told_so(trouble: str, word: str) -> None:
    scene = Scene()
    scene.safe.is_down, scene.safe.takes = trouble == "down", False
    scene.taking.begin()
    await asyncio.sleep(5.0)
    scene.type(CARD + "#")
    await asyncio.sleep(1.0)
    (reply,) = scene.call.replies
    assert word in reply
    assert "1 1 1 1" not in reply
    assert scene.as_before
    await scene.tasks.aclose()


@virtual_time
async def test_a_recording_that_cannot_be_paused_takes_no_card() -> None:
    """They are not even asked."""
    scene = Scene()
    scene.call.pauses = False
    scene.taking.begin()
    await asyncio.sleep(2.0)
    assert (scene.call.asked_while, scene.safe.kept) == ([], [])
    assert "cannot be taken now" in scene.call.replies[0]
    assert scene.as_before
    await scene.tasks.aclose()


@virtual_time
async def test_a_caller_who_hangs_up_over_it_has_given_nothing() -> None:
    """And a call that nobody records needs no pause."""
    scene = Scene()
    scene.taking.begin()
    await asyncio.sleep(5.0)
    scene.type("4111")
    await asyncio.sleep(1.0)
    await scene.tasks.aclose()
    assert (scene.call.replies, scene.safe.kept) == ([], [])
    unrecorded = Scene(recorded=False)
    unrecorded.taking.begin()
    await asyncio.sleep(5.0)
    unrecorded.type(CARD + "#")
    await asyncio.sleep(1.0)
    assert unrecorded.safe.kept == [("call-1", CARD)]
    await unrecorded.tasks.aclose()


@pytest.mark.parametrize("keys", ["12345#4242#", "41111111"])
@virtual_time
async def test_keys_that_come_when_it_is_over_are_nobody_s(keys: str) -> None:
    """Who types the rest of their card too late gives it to nobody: neither to the model nor to the record."""
    scene = Scene()
    scene.taking.begin()
    await asyncio.sleep(5.0)
    scene.type(keys)
    while not scene.call.replies:
        await asyncio.sleep(0.5)
    for _ in range(8):
        await asyncio.sleep(5.0)
        assert scene.taking.key("1")
    await asyncio.sleep(11.0)
    assert not scene.taking.key("1")
    await scene.tasks.aclose()


@virtual_time
async def test_a_worker_that_takes_over_asks_anew_and_hears_no_key_before() -> None:
    """The one before it died while the caller typed: they go on typing."""
    scene = Scene()
    scene.taking.expect()
    assert all(scene.type("41111111"))
    await asyncio.sleep(1.0)
    assert (scene.call.asked_while, scene.call.paused) == ([], "card")
    assert scene.taking.begin()
    await asyncio.sleep(5.0)
    assert scene.call.asked_while == [(ENGLISH.card, "card", True)]
    scene.type("#")
    await asyncio.sleep(5.0)
    scene.type(CARD + "#")
    await asyncio.sleep(1.0)
    assert scene.safe.kept == [("call-1", CARD)]
    assert scene.as_before
    await scene.tasks.aclose()


@virtual_time
async def test_words_that_never_end_take_no_card_for_ever() -> None:
    """The speech server hangs: the caller is heard again, and the recording goes on."""
    scene = Scene()
    scene.call.hangs = True
    scene.taking.begin()
    await asyncio.sleep(120.0)
    assert len(scene.call.replies) == 1
    assert scene.as_before
    await scene.tasks.aclose()


@virtual_time
async def test_a_job_that_ends_resumes_nothing() -> None:
    """The caller types on, for the worker that takes over: until then nothing is recorded of it."""
    scene = Scene()
    scene.taking.begin()
    await asyncio.sleep(5.0)
    scene.type("4111")
    await scene.tasks.aclose()
    assert (scene.call.paused, scene.call.deaf, scene.taking.key("1")) == ("card", True, True)
