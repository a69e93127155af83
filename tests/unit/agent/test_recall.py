"""A worker that takes a call over knows the talk from its events alone, and goes on where it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from livekit.agents import llm

from agent.recall import Past, is_unanswered, talk_of, types_a_card, way_back
from calls.events import AgentSpoke, CallerSpoke, CallStarted, Event, ToolCalled, TurnTimed
from calls.record import Direction
from config.telephony import Target, Telephony
from tests.support.a_call import a_caller, a_record
from tests.support.call_center import line

GREETING = "Hello, this is an AI."
DESK, NURSE = Target("front-desk", "+12025550143", "the front desk"), Target("nurse", "+12025550144", "the nurse")
LINE = replace(line("clinic", telephony=Telephony(targets={"front-desk": DESK, "nurse": NURSE})), greeting=GREETING)


def told(*what: tuple[type[Any], dict[str, Any]]) -> list[Event]:
    return [
        kind(call_id=a_record().call_id, seq=seq, at=float(seq), **fields) for seq, (kind, fields) in enumerate(what, 1)
    ]


STARTED = (
    CallStarted,
    {"room": "r", "line": "l", "persona": "p", "direction": Direction.INBOUND, "caller": a_caller()},
)
HELLO = (AgentSpoke, {"turn": 0, "text": GREETING})
ASKED = (CallerSpoke, {"turn": 1, "text": "I want to come on Tuesday."})
BOOKED = (ToolCalled, {"turn": 1, "tool": "book_appointment", "arguments": {"day": "tuesday"}, "result": "Booked."})
TOLD = (AgentSpoke, {"turn": 1, "text": "It is booked. See you on Tuesday at ten."})
CUT = (AgentSpoke, {"turn": 1, "text": "It is", "interrupted": True})


def test_the_talk_is_what_was_said_and_done_in_its_order() -> None:
    """The model must see the booking, or it would book again; and nothing that was not part of the talk."""
    items = talk_of(told(STARTED, HELLO, ASKED, (TurnTimed, {"turn": 1}), BOOKED, TOLD)).items
    assert [item.type for item in items] == [
        "message",
        "message",
        "function_call",
        "function_call_output",
        "message",
    ]
    call, output = items[2], items[3]
    assert isinstance(call, llm.FunctionCall)
    assert isinstance(output, llm.FunctionCallOutput)
    assert (call.name, call.arguments, call.call_id) == ("book_appointment", '{"day": "tuesday"}', output.call_id)
    assert (output.output, output.is_error) == ("Booked.", False)


def test_a_caller_who_was_not_answered_is_answered_first() -> None:
    """Whether or not a tool had run in between."""
    assert is_unanswered(told(HELLO, ASKED), LINE)
    assert is_unanswered(told(HELLO, ASKED, BOOKED), LINE)
    assert not is_unanswered(told(HELLO, ASKED, BOOKED, TOLD), LINE)
    assert not is_unanswered([], LINE)


def test_the_way_back_is_the_agents_last_words() -> None:
    """The caller knows where the talk was, without a model's help."""
    assert way_back(told(HELLO, ASKED, TOLD), LINE) == "I was saying: It is booked. See you on Tuesday at ten."


def test_a_long_answer_is_repeated_from_its_last_sentences() -> None:
    """Nobody wants to hear all of it again."""
    long = (AgentSpoke, {"turn": 1, "text": " ".join(f"This is sentence number {n}, of many words." for n in range(9))})
    words = way_back(told(long), LINE)
    assert words.startswith("I was saying: This is sentence number 6")
    assert len(words) < 200


def test_a_caller_who_had_interrupted_is_asked_again() -> None:
    """What they said then, nobody heard."""
    assert way_back(told(HELLO, ASKED, CUT), LINE) == "Please say that again."


def test_a_call_that_died_before_its_greeting_is_greeted() -> None:
    """The greeting holds the notices that every caller must hear."""
    assert way_back(told(STARTED), LINE) == GREETING


def test_a_past_knows_its_end() -> None:
    """The next event's number, and since when nobody listened."""
    past = Past(a_record(), told(STARTED, HELLO, ASKED))
    assert (past.last_seq, past.last_at) == (3, 3.0)
    assert (Past(a_record()).last_seq, Past(a_record()).last_at) == (0, None)


WANTED = (ToolCalled, {"turn": 1, "tool": "ask_for_person", "arguments": {"person": "Front Desk"}, "result": "Say so."})
MOMENT = (AgentSpoke, {"turn": 1, "text": "One moment, I am putting you through."})
MISSED = "I'm sorry, I could not reach the front desk. Would you like to leave a message instead?"


def test_who_was_being_put_through_is_not_told_so_again() -> None:
    """Nobody is: whoever rang the person is dead. Nor is the model asked, which believes that somebody is."""
    for talk in ((HELLO, ASKED, WANTED), (HELLO, ASKED, WANTED, MOMENT), (HELLO, ASKED, MOMENT, WANTED)):
        assert not is_unanswered(told(*talk), LINE)
        assert way_back(told(*talk), LINE) == MISSED


def test_a_wish_for_a_person_that_was_talked_on_after_is_over() -> None:
    """And one that named nobody on the list, or was refused, never was one."""
    assert is_unanswered(told(HELLO, ASKED, WANTED, MOMENT, ASKED), LINE)
    assert way_back(told(HELLO, WANTED, ASKED, TOLD), LINE).startswith("I was saying")
    nobody = (ToolCalled, WANTED[1] | {"arguments": {"person": "the king"}})
    assert way_back(told(HELLO, ASKED, nobody, TOLD), LINE).startswith("I was saying")
    assert is_unanswered(told(HELLO, ASKED, nobody), LINE)
    refused = (ToolCalled, WANTED[1] | {"ok": False})
    assert is_unanswered(told(HELLO, ASKED, refused), LINE)


def test_a_caller_who_was_typing_a_card_is_known() -> None:
    """Whoever takes the call over must not take the rest of the digits for theirs."""
    card = (ToolCalled, {"turn": 1, "tool": "take_card", "arguments": {}, "result": "They are asked for it now."})
    refused = (ToolCalled, {"turn": 1, "tool": "take_card", "arguments": {}, "result": "No keypad.", "ok": False})
    asked = (AgentSpoke, {"turn": 1, "text": "Please type the card number on your telephone now."})
    done = (CallerSpoke, {"turn": 2, "text": "(the card number: taken, it ends with 1 1 1 1)"})
    assert types_a_card(told(HELLO, ASKED, card))
    assert types_a_card(told(HELLO, ASKED, card, asked))
    assert not types_a_card(told(HELLO, ASKED, card, asked, done))
    assert not types_a_card(told(HELLO, ASKED, refused))
    assert not types_a_card(told(HELLO, ASKED, BOOKED))
    assert not types_a_card([])
