"""Putting a caller through. Whatever the far end does, the caller is with a person or with the agent, never alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from agent.phone.music import RATE, tune
from agent.phone.people import Asked
from agent.phone.put_through import HANDED_TO
from calls.record import Leg
from tests.support.put_through import DESK, SHOWN, Scene
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_the_person_is_told_in_private_and_then_they_hear_each_other() -> None:
    """While one is told of the other, neither hears the other, and the caller hears music only."""
    scene = Scene()
    assert scene.through.ask("front-desk", "A broken tooth.") is Asked.BEGUN
    await asyncio.sleep(2.0)
    assert scene.hold.holding
    assert scene.exchange.deaf == {
        ("caller", "TR_person-front-desk"),
        ("person-front-desk", "TR_caller"),
        ("person-front-desk", "TR_music"),
    }
    await asyncio.sleep(3.0)
    assert scene.call.said == [
        ("Hello, this is the assistant of Larkfield. I have a caller for you. A broken tooth.", True)
    ]
    assert not {track for _, track in scene.exchange.deaf} & {"TR_caller", "TR_person-front-desk"}
    assert (scene.hold.holding, scene.call.attends, scene.through.joined) == (False, True, "front-desk")
    assert scene.call.notes == {HANDED_TO: "front-desk"}
    assert scene.call.results == [("front-desk", "joined")]
    assert scene.exchange.dialled == [("+15550100090", "local", SHOWN)]
    scene.room.leave("person-front-desk")
    assert scene.call.ended == "handed_off"
    await scene.tasks.aclose()


@pytest.mark.parametrize(
    ("answer", "words"), [("busy", "on another call"), ("no_answer", "could not reach"), ("no_trunk", "could not")]
)
@virtual_time
async def test_a_person_who_cannot_come_costs_an_apology(answer: str, words: str) -> None:
    """The caller is off hold before it is said, and the agent goes on listening."""
    scene = Scene(answer=answer)
    scene.through.ask("front-desk", "")
    await asyncio.sleep(5.0)
    ((said, on_hold),) = scene.call.said
    assert words in said
    assert not on_hold
    assert (scene.call.attends, scene.call.ended, scene.through.away) == (False, "", False)
    assert scene.call.notes == {"not_reached": {"front-desk": answer}}
    assert scene.exchange.hung_up == ["person-front-desk"]
    await scene.tasks.aclose()


@virtual_time
async def test_who_must_press_a_key_and_does_not_is_a_voicemail() -> None:
    """A machine takes no call; a person presses 1, or 2 to decline."""
    asks = replace(DESK, confirm=True)
    for key, joined in (("1", "front-desk"), ("2", ""), (None, "")):
        scene = Scene(asks)
        scene.through.ask("front-desk", "")
        await asyncio.sleep(2.0)
        scene.room.press("caller", "1")  # the caller's own keys accept nothing
        if key:
            scene.room.press("person-front-desk", key)
        await asyncio.sleep(20.0)
        assert scene.through.joined == joined, key
        assert bool(scene.exchange.hung_up) is not bool(joined)
        await scene.tasks.aclose()


@virtual_time
async def test_a_person_who_hangs_up_while_being_told_declines() -> None:
    scene = Scene()
    scene.through.ask("front-desk", "")
    await asyncio.sleep(2.0)
    scene.room.leave("person-front-desk")
    await asyncio.sleep(3.0)
    assert scene.call.notes == {"not_reached": {"front-desk": "declined"}}
    assert not scene.through.away
    await scene.tasks.aclose()


@virtual_time
async def test_a_cold_transfer_is_over_for_us_once_the_target_has_answered() -> None:
    scene = Scene(replace(DESK, warm=False))
    scene.through.ask("front-desk", "")
    await asyncio.sleep(2.0)
    assert scene.exchange.referred == ["+15550100090"]
    assert (scene.call.ended, scene.exchange.dialled) == ("transferred", [])
    await scene.tasks.aclose()


@virtual_time
async def test_a_carrier_that_hands_no_calls_on_makes_us_dial_and_a_busy_target_does_not() -> None:
    """REFER refused says nothing of the person; busy does."""
    scene = Scene(replace(DESK, warm=False), refer_answer="sip_405")
    scene.through.ask("front-desk", "")
    await asyncio.sleep(6.0)
    assert scene.through.joined == "front-desk"
    await scene.tasks.aclose()
    scene = Scene(replace(DESK, warm=False), refer_answer="busy")
    scene.through.ask("front-desk", "")
    await asyncio.sleep(6.0)
    assert scene.exchange.dialled == []
    assert "on another call" in scene.call.said[0][0]
    await scene.tasks.aclose()


@virtual_time
async def test_a_browser_is_never_referred() -> None:
    scene = Scene(replace(DESK, warm=False), leg=Leg.WEB)
    scene.through.ask("front-desk", "")
    await asyncio.sleep(6.0)
    assert (scene.exchange.referred, scene.through.joined) == ([], "front-desk")
    await scene.tasks.aclose()


@virtual_time
async def test_one_person_at_a_time_and_only_those_on_the_list() -> None:
    """A name is all that the model can give: a number is none."""
    scene = Scene()
    with pytest.raises(KeyError):
        scene.through.ask("+19005550100", "")
    assert scene.through.ask("front-desk", "") is Asked.BEGUN
    assert scene.through.ask("front-desk", "") is Asked.UNDER_WAY
    await asyncio.sleep(6.0)
    assert scene.through.ask("front-desk", "") is Asked.UNDER_WAY
    assert len(scene.exchange.dialled) == 1
    await scene.tasks.aclose()


@virtual_time
async def test_a_worker_that_takes_over_leaves_the_joined_alone_and_stops_what_only_rang() -> None:
    scene = Scene()
    scene.room.join("person-front-desk")
    assert scene.through.resume({HANDED_TO: "front-desk"})
    assert scene.call.attends
    ringing = Scene()
    ringing.room.join("person-front-desk")
    assert not ringing.through.resume({})
    await asyncio.sleep(0.1)
    assert ringing.exchange.hung_up == ["person-front-desk"]
    assert ringing.call.ended == ""
    await scene.tasks.aclose()
    await ringing.tasks.aclose()


@virtual_time
async def test_a_person_who_hung_up_while_no_worker_looked_has_ended_the_call() -> None:
    """As they would have in front of one: the caller is not asked what they had been saying to the agent."""
    scene = Scene()
    assert scene.through.resume({HANDED_TO: "front-desk"})
    assert scene.call.ended == "handed_off"
    await scene.tasks.aclose()


@virtual_time
async def test_a_worker_that_cannot_read_the_record_joins_whoever_has_answered() -> None:
    """Nobody knows whether they were joined: a talk that is cut is worse than one that is begun untold."""
    scene = Scene()
    scene.room.join("person-front-desk")
    await scene.exchange.hears("caller", ["TR_person-front-desk"], yes=False)
    assert scene.through.resume(None)
    await asyncio.sleep(0.1)
    assert (scene.exchange.deaf, scene.exchange.hung_up, scene.call.attends) == (set(), [], True)
    await scene.tasks.aclose()


@virtual_time
async def test_a_key_of_the_last_try_takes_no_call_of_this_one() -> None:
    """They declined, and then pressed 1: a voicemail answers the next time."""
    scene = Scene(replace(DESK, confirm=True))
    scene.through.ask("front-desk", "")
    await asyncio.sleep(2.0)
    scene.room.press("person-front-desk", "2")
    scene.room.press("person-front-desk", "1")
    await asyncio.sleep(10.0)
    assert not scene.through.away
    scene.through.ask("front-desk", "")
    await asyncio.sleep(30.0)
    assert scene.through.joined == ""
    await scene.tasks.aclose()


@virtual_time
async def test_a_person_is_not_rung_without_end() -> None:
    """Three times in a call: a telephone is no toy."""
    scene = Scene(answer="busy")
    for _ in range(3):
        assert scene.through.ask("front-desk", "") is Asked.BEGUN
        await asyncio.sleep(6.0)
    assert scene.through.ask("front-desk", "") is Asked.TOO_OFTEN
    await scene.tasks.aclose()


@virtual_time
async def test_two_who_would_not_hear_each_other_are_not_joined() -> None:
    """The media server does not do it: the caller is back with the agent rather than deaf and alone."""
    scene = Scene(refuses=True)
    scene.through.ask("front-desk", "")
    await asyncio.sleep(20.0)
    assert (scene.through.joined, scene.call.attends) == ("", False)
    assert scene.call.notes == {"not_reached": {"front-desk": "unavailable"}}
    assert scene.exchange.hung_up == ["person-front-desk"]
    await scene.tasks.aclose()


@virtual_time
async def test_nobody_is_asked_whether_they_are_still_there_while_it_rings_elsewhere() -> None:
    """During a REFER the caller hears ringing, not us; refused, the agent listens again."""
    scene = Scene(replace(DESK, warm=False), refer_s=40.0, refer_answer="no_answer")
    scene.through.ask("front-desk", "")
    await asyncio.sleep(20.0)
    assert scene.call.is_away
    await asyncio.sleep(30.0)
    assert not scene.call.is_away
    await scene.tasks.aclose()


def test_the_tune_is_whole_frames_soft_and_without_a_click() -> None:
    """It loops: it begins and ends in silence, and no sample jumps."""
    samples = tune()
    assert len(samples) % (RATE // 50) == 0
    assert 1000 < abs(samples).max() < 4000
    assert abs(int(samples[0])) < 50
    assert abs(int(samples[-1])) < 50
    assert abs(samples[1:].astype(int) - samples[:-1].astype(int)).max() < 1500


@virtual_time
async def test_who_is_handed_on_is_given_away_whole_or_is_still_here() -> None:
    """By REFER also where the target is a warm one, and never over us: what they say is to be in no call of ours."""
    gone = Scene()
    assert gone.through.to_hand_on("front-desk") == "the front desk"
    assert await gone.through.hand_on("front-desk")
    assert (gone.exchange.referred, gone.call.ended, gone.exchange.dialled) == ([DESK.number], "transferred", [])
    assert gone.call.results == [("front-desk", "transferred")]
    for answer, reason in (("busy", "busy"), ("sip_403", "rejected")):
        here = Scene(refer_answer=answer)
        assert not await here.through.hand_on("front-desk")
        assert (here.call.ended, here.exchange.dialled, here.call.said) == ("", [], [])
        assert here.call.results == [("front-desk", reason)]
        await asyncio.sleep(0.1)
        assert await here.spent() == 0
        await here.tasks.aclose()
    web = Scene(leg=Leg.WEB)
    assert web.through.to_hand_on("front-desk") == ""
    assert gone.through.to_hand_on("nobody") == ""
    await gone.tasks.aclose()
