"""A call that must be recorded and cannot be ended in an apology, though a person sat by a telephone. Now the carrier
hands the caller on to them, and what the two say is in no call of ours."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from config.phrases.english import ENGLISH
from tests.support.a_recording import FIRST, GREETING, NOTICE, REST, Scene
from tests.support.virtual_time import virtual_time

HANDED_ON = ENGLISH.handed_on.format(says="the front desk")


@dataclass
class Through:
    """agent.phone.put_through.PutThrough: ringing takes three seconds, and then the caller `goes`, or not."""

    goes: bool = True
    says: str = "the front desk"
    asked: list[str] = field(default_factory=list)

    def to_hand_on(self, name: str) -> str:
        assert name == "desk"
        return self.says

    async def hand_on(self, name: str) -> bool:
        self.asked.append(name)
        await asyncio.sleep(3.0)
        return self.goes


@virtual_time
async def test_a_caller_is_handed_on_after_the_words_and_heard_by_nobody_meanwhile() -> None:
    """And what begins late records neither them nor the ringing: they were told that nothing does."""
    scene, through = Scene("required"), Through()
    scene.call.turned_away.through = through
    scene.recorder.refusals = ["unavailable"] * 2
    scene.call.greet(GREETING)
    await asyncio.sleep(3.0)
    assert through.asked == []
    await asyncio.sleep(2.0)
    assert (scene.talk.said, through.asked) == ([f"{FIRST} {NOTICE}", HANDED_ON], ["desk"])
    scene.recorder.begin("call_+15550199_abc", scene.names.part(2))
    await asyncio.sleep(120.0)
    assert (scene.ended, scene.talk.said[2:], scene.talk.deaf) == ([], [], True)
    assert (scene.recorder.live(), len(scene.recorder.started)) == ([], 2)
    await scene.over()


@pytest.mark.parametrize("through", [Through(goes=False), Through(says=""), None])
@virtual_time
async def test_where_nobody_takes_them_the_call_ends_in_an_apology(through: Through | None) -> None:
    """The person is busy; the caller came by the web, which has no carrier, or talks to a person already; or the line
    names nobody."""
    scene = Scene("required")
    scene.call.turned_away.through = through
    scene.recorder.is_down = True
    scene.call.greet(GREETING)
    await asyncio.sleep(40.0)
    tried = [HANDED_ON] if through and through.says else []
    assert scene.talk.said == [f"{FIRST} {NOTICE}", *tried, scene.call.policy.unavailable]
    assert ([ending.reason for ending in scene.ended], scene.talk.deaf) == (["not_recorded"], True)
    await scene.over()


@virtual_time
async def test_a_recording_that_breaks_in_mid_call_hands_on_too() -> None:
    scene, through = Scene("required"), Through()
    scene.call.turned_away.through = through
    scene.call.greet(GREETING)
    await asyncio.sleep(10.0)
    assert scene.talk.said[-1] == REST
    scene.recorder.is_down = False
    scene.recorder.refusals = ["unavailable"] * 2
    scene.recorder.breaks("EG_1")
    await asyncio.sleep(20.0)
    assert (scene.talk.said[-1], through.asked, scene.ended) == (HANDED_ON, ["desk"], [])
    await scene.over()


@virtual_time
async def test_who_hangs_up_over_the_words_is_put_through_to_nobody() -> None:
    scene, through = Scene("required"), Through()
    scene.call.turned_away.through = through
    scene.recorder.is_down = True
    scene.call.greet(GREETING)
    await asyncio.sleep(3.0)
    scene.hangs_up()
    await asyncio.sleep(10.0)
    assert (through.asked, [ending.reason for ending in scene.ended]) == ([], ["caller_hung_up"])
    await scene.over()
