"""What a caller lives through when all is well: greeted, understood, served, and written down as it was."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from local.stack import Stack
from tests.support.calls import PATIENCE_S, is_said, ring

pytestmark = pytest.mark.asyncio(loop_scope="session")

GREETING = "hello this is the a i receptionist of lark field clinic how can i help you"


async def test_a_phone_is_answered_and_greeted(stack: Stack) -> None:
    """The phone rings until the agent has a voice, then the whole greeting is heard, AI disclosure first."""
    async with ring(stack) as call:
        heard = await call.greeting()
        assert await is_said(heard, GREETING, "the lines are busy", "please hold the line")
    assert call.said("agent") == ["Hello, this is the AI receptionist of Larkfield Clinic. How can I help you?"]
    assert call.record["outcome"] == "abandoned"
    assert call.record["caller"]["leg"] == "sip"
    assert call.record["caller"]["dialled"] == "+15550100001"


async def test_a_web_caller_talks_to_the_same_agent(stack: Stack) -> None:
    """One code path: a browser's call differs in its leg only."""
    async with ring(stack, web=True) as call:
        await call.greeting()
        await call.ask("What are your opening hours?")
    assert call.record["caller"]["leg"] == "web"
    assert call.record["outcome"] == "resolved"
    assert call.record["turns"] == 1


async def test_three_turns_book_an_appointment(stack: Stack) -> None:
    """What was agreed on the phone stands in the diary, and the record says which."""
    async with ring(stack) as call:
        await call.greeting()
        await call.ask("I would like to book an appointment.")
        await call.ask("On Tuesday at ten in the morning.")
        await call.ask("My name is Alice Smith.")
        await call.ask("Yes, please.")
        await call.talk.say("No, thank you. Goodbye.")
        await call.ended()
    (booked,) = [e for e in call.of_kind("tool_called") if e["tool"] == "book_appointment"]
    assert booked["ok"], booked
    assert call.record["outcome"] == "resolved"
    assert call.of_kind("call_ended")[0]["reason"] == "agent_said_goodbye"
    (row,) = [row for row in await asyncio.to_thread(_diary, stack) if call.call_id in row]
    # the recogniser may mishear a name: what counts is that the diary has what the record says was booked
    assert booked["arguments"]["name"].lower() in str(row).lower()
    assert "T10:00" in call.record["data"]["appointment"]["at"]


async def test_each_number_has_its_persona(stack: Stack) -> None:
    """Two lines, two greetings: the dialled number decides, as the real server reports it."""
    async with ring(stack, number="+15550100003") as call:
        await call.greeting()
    assert call.record["line"] == "after-hours"
    assert call.record["persona"] == "clinic-after-hours"
    assert "out of hours" in call.said("agent")[0]


async def test_two_calls_at_once_do_not_mix(stack: Stack) -> None:
    """Each caller's words are in their own record only."""

    async def talk(line: str) -> list[str]:
        async with ring(stack) as call:
            await call.greeting()
            await call.ask(line)
        return call.said("caller")

    first, second = await asyncio.gather(talk("What are your opening hours?"), talk("I want to leave a message."))
    assert any("hours" in text for text in first)
    assert any("message" in text for text in second)
    assert not any("message" in text for text in first)
    assert not any("hours" in text for text in second)


async def test_eight_phones_within_a_second_are_each_answered_by_their_own_persona(stack: Stack) -> None:
    """Far more than there are warm processes: their calls begin in turn, none rings on, and none is mistaken for a call
    of the other line."""
    personas = {"+15550100001": "clinic-receptionist", "+15550100003": "clinic-after-hours"}

    async def greeted(place: int, number: str) -> tuple[str, str]:
        await asyncio.sleep(place / 8)
        async with ring(stack, number=number, caller=f"+1202555013{place}") as call:
            await call.greeting()
        return number, call.record["persona"]

    phones = [greeted(place, number) for place, number in enumerate([*personas] * 4)]
    assert sorted(await asyncio.gather(*phones)) == sorted([*personas.items()] * 4)


async def test_keys_are_heard_in_order(stack: Stack) -> None:
    """DTMF arrives whole and in order, and the agent answers to what was pressed. And whoever calls can say, in plain
    words and to whichever persona, that they want no calls: they are on the list."""
    async with ring(stack, caller="+12025550177") as call:
        await call.greeting()
        await call.leg.dtmf("1207#")
        await call.talk.heard_answer(PATIENCE_S)
        await call.ask("No more calls, please. Do not call me again.")
    assert [event["digit"] for event in call.of_kind("dtmf_pressed")] == list("1207#")
    assert call.record["data"] == {"opt_out": True, "opt_out_how": "voice", "opt_out_kept": True}


def _diary(stack: Stack) -> list[tuple[object, ...]]:
    diary = next(stack.info.data_dir.glob("agent/**/*.sqlite3"))
    with sqlite3.connect(f"file:{diary}?mode=ro", uri=True) as db:
        return list(db.execute("select * from appointments"))
