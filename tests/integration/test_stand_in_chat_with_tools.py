"""The scripted receptionist with the shipped tools: it works by their schemas and answers, which neither side shares.

When a tool's wording changes so that the receptionist no longer understands it, this says so before a call does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agent.tools.guard import run
from agent.tools.registry import TOOLS
from local.stand_ins.chat.conversation import Conversation
from local.stand_ins.chat.dialogue import reply
from tests.support.desk import Caused, a_desk

_PROMPT = "You are the AI receptionist of Larkfield Clinic."


async def _talk(folder: Path, *says: str) -> tuple[list[str], Caused]:
    """The receptionist's answer to each of the caller's words, and what the tools caused."""
    desk, caused = a_desk(folder)
    tools = [{"type": "function", "function": tool.schema()} for tool in TOOLS.values()]
    messages: list[dict[str, Any]] = [{"role": "system", "content": _PROMPT}]
    answers = []
    for words in says:
        messages.append({"role": "user", "content": words})
        while (step := reply(Conversation.read({"messages": messages, "tools": tools}))).tool:
            assert len(messages) < 60, "tools called without end"
            result = await run(TOOLS[step.tool], desk, dict(step.arguments))
            function = {"name": step.tool, "arguments": json.dumps(dict(step.arguments))}
            call = {"id": str(len(messages)), "type": "function", "function": function}
            messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})
        messages.append({"role": "assistant", "content": step.text})
        answers.append(step.text)
    return answers, caused


async def test_book_move_and_cancel(tmp_path: Path) -> None:
    """One appointment's life in one call, each step confirmed and read back."""
    answers, caused = await _talk(
        tmp_path,
        "i would like to book an appointment for tuesday at ten thirty please",
        "my name is alice cooper",
        "yes please",
        "i need to move my appointment to friday at two thirty",
        "yes",
        "please cancel my appointment",
        "yes",
        "no thank you goodbye",
    )
    assert [name for name, *_ in caused.tools] == [
        "book_appointment",
        "move_appointment",
        "cancel_appointment",
        "end_call",
    ]
    assert all(ok for *_, ok in caused.tools)
    assert "half past ten" in answers[2]
    assert "half past two" in answers[4]
    assert "Cancelled" in answers[6]
    assert all(answers[n].endswith("anything else I can help you with?") for n in (2, 4, 6))
    assert caused.ended
    assert not caused.failures


async def test_a_closed_day_brings_offers_and_one_is_taken(tmp_path: Path) -> None:
    """The tool refuses with the nearest free times; the caller takes the first."""
    answers, caused = await _talk(
        tmp_path,
        "book an appointment for sunday at eleven my name is bob stone",
        "yes",
        "the first one please",
    )
    assert "closed on Sunday" in answers[1]
    assert answers[1].endswith("Would one of those suit you?")
    assert answers[2].startswith("Booked for Bob Stone")
    assert caused.notes["appointment"]["state"] == "booked"


async def test_hours_a_person_and_a_message(tmp_path: Path) -> None:
    """What is not an appointment."""
    answers, caused = await _talk(
        tmp_path,
        "are you open on sunday",
        "can i speak to a person",
        "yes",
        "john smith",
        "please call me back about my results",
        "that's all thank you goodbye",
    )
    assert "closed all day" in answers[0]
    assert answers[1].endswith("Shall I take a message?")
    assert "your number" in answers[4]
    assert [name for name, *_ in caused.tools] == ["opening_hours", "ask_for_person", "take_message", "end_call"]
    assert caused.notes["message"] == "please call me back about my results"
