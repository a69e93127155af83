"""The scripted receptionist: each reply follows from the messages alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.stand_ins.chat.conversation import Conversation
from local.stand_ins.chat.dialogue import Reply, reply

_PROMPT = (
    "You are the AI receptionist of Larkfield Clinic. You are talking on the telephone.\n"
    "- Name: Larkfield Clinic. Address: 12 Orchard Road, Larkfield, next to the library.\n"
    "- Regular opening hours: Monday to Friday from nine to five. For a certain day use opening_hours.\n"
)
_BOOKED = "Booked for Alice Cooper: Tuesday the 24th at half past ten. Repeat day and time to the caller."
_TAKEN = (
    "That time is taken. Nearest free: Tuesday the 24th at ten o'clock and Tuesday the 24th at eleven o'clock. "
    "Offer these and ask which suits."
)
_NOBODY = (
    "Nobody can be put through from this line at the moment. Say so honestly, and offer to take a message so that "
    "someone at the practice can call back."
)


def _tool(name: str, required: Sequence[str] = (), optional: Sequence[str] = ()) -> dict[str, Any]:
    properties = {key: {"type": "string", "description": f"The {key}."} for key in (*required, *optional)}
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {"type": "function", "function": {"name": name, "parameters": schema}}


_TOOLS = [
    _tool("opening_hours", optional=["day"]),
    _tool("book_appointment", ["name", "day", "time"], ["reason"]),
    _tool("move_appointment", ["name", "new_day", "new_time"], ["old_day", "old_time"]),
    _tool("cancel_appointment", ["name"], ["day", "time"]),
    _tool("take_message", ["name", "message"]),
    _tool("ask_for_person", optional=["reason"]),
    _tool("end_call"),
]


@dataclass
class _Call:
    """A conversation that grows; tools answer what the test says, then "Done: ok."."""

    results: dict[str, list[str]] = field(default_factory=dict)
    tools: list[dict[str, Any]] = field(default_factory=lambda: list(_TOOLS))
    used: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=lambda: [{"role": "system", "content": _PROMPT}])

    def says(self, text: str) -> str:
        """The caller's words in, the receptionist's out; tools are called in between."""
        self.messages.append({"role": "user", "content": text})
        for _ in range(4):
            answer = reply(Conversation.read({"messages": self.messages, "tools": self.tools}))
            if not answer.tool:
                self.messages.append({"role": "assistant", "content": answer.text})
                return answer.text
            self._use(answer)
        raise AssertionError(f"tools called without end: {self.used}")

    def _use(self, answer: Reply) -> None:
        self.used.append((answer.tool, dict(answer.arguments)))
        result = (self.results.get(answer.tool) or ["Done: ok."]).pop(0)
        call_id = f"call_{len(self.used)}"
        function = {"name": answer.tool, "arguments": json.dumps(dict(answer.arguments))}
        call = {"id": call_id, "type": "function", "function": function}
        self.messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        self.messages.append({"role": "tool", "tool_call_id": call_id, "content": result})


def test_three_turns_book_an_appointment() -> None:
    """What is missing is asked for, it is confirmed, the tool is called once with the caller's words and read back."""
    call = _Call({"book_appointment": [_BOOKED]})
    assert "name" in call.says("I would like to book an appointment for tuesday at ten thirty please.")
    assert "Shall I book" in call.says("My name is alice cooper.")
    assert call.says("yes that is correct").startswith("Booked for Alice Cooper: Tuesday the 24th at half past ten.")
    assert call.used == [("book_appointment", {"day": "tuesday", "time": "ten thirty", "name": "Alice Cooper"})]
    assert "Goodbye" in call.says("no thank you that is all")
    assert [name for name, _ in call.used] == ["book_appointment", "end_call"]


def test_one_question_at_a_time() -> None:
    """A caller who only says what they want is led through."""
    call = _Call()
    assert "day" in call.says("i need an appointment")
    assert "time" in call.says("tuesday")
    assert "name" in call.says("eleven")
    assert "Tuesday at eleven for Jane Fox" in call.says("jane fox")


def test_a_correction_is_read_back_before_anything_is_done() -> None:
    """ "No, Wednesday" changes the day and asks again."""
    call = _Call()
    call.says("book an appointment on tuesday at ten thirty my name is bob stone")
    assert "Wednesday at ten thirty" in call.says("no wednesday")
    assert call.used == []


@pytest.mark.parametrize("choice", ["eleven", "the second one please", "eleven o'clock would be great"])
def test_a_taken_time_brings_the_tools_offers_and_the_callers_choice(choice: str) -> None:
    """The tool's refusal is spoken, its instruction to the model is not; the choice is booked."""
    call = _Call({"book_appointment": [_TAKEN, _BOOKED]})
    call.says("book an appointment on tuesday at ten thirty my name is bob stone")
    answer = call.says("yes")
    assert "taken" in answer
    assert "Offer these" not in answer
    call.says(choice)
    assert call.used[-1][1] | {"name": ""} == {"day": "tuesday the 24th", "time": "eleven o'clock", "name": ""}


def test_moving_uses_the_schemas_own_parameter_names() -> None:
    """new_day and new_time are days and times."""
    call = _Call()
    call.says("i need to move my appointment to friday afternoon")
    call.says("two thirty")
    call.says("alice cooper")
    call.says("yes")
    wanted = {"name": "Alice Cooper", "new_day": "friday", "new_time": "two thirty in the afternoon"}
    assert call.used == [("move_appointment", wanted)]


def test_a_person_who_cannot_be_had_becomes_a_message() -> None:
    """The tool says nobody is there and to offer a message: so it is offered and taken."""
    call = _Call({"ask_for_person": [_NOBODY]})
    assert "take a message?" in call.says("can i speak to a person please")
    call.says("yes")
    call.says("john smith")
    call.says("please call me back about my results")
    assert call.used[-1] == (
        "take_message",
        {"name": "John Smith", "message": "please call me back about my results"},
    )


def test_hours_of_a_day_come_from_the_tool_and_general_ones_from_the_prompt() -> None:
    """Holidays differ: a day is never answered from memory."""
    call = _Call({"opening_hours": ["On Saturday the 21st the practice is closed all day."]})
    assert "Monday to Friday from nine to five" in call.says("what are your opening hours")
    assert "closed all day" in call.says("are you open on saturday")
    assert call.used == [("opening_hours", {"day": "saturday"})]


def test_an_honest_answer_and_then_back_to_the_errand() -> None:
    """ "Are you a robot?" in the middle of a booking loses nothing of it."""
    call = _Call()
    call.says("i need an appointment on tuesday at ten thirty")
    answer = call.says("are you a robot")
    assert "AI assistant, not a person" in answer
    assert "name" in answer
    assert "Tuesday at ten thirty for Ann Lee" in call.says("ann lee")


def test_pardon_repeats_the_last_words() -> None:
    """The question stands as it was."""
    call = _Call()
    question = call.says("i need an appointment")
    assert call.says("pardon") == question


def test_words_without_sense_never_loop_for_ever() -> None:
    """Three unclear turns bring the offer of a message, and endless ones the end of the call."""
    call = _Call()
    answers = [call.says("blah fish tree") for _ in range(8)]
    assert "take a message" in answers[2]
    assert ("end_call", {}) in call.used


def test_a_tool_that_is_not_offered_is_not_called() -> None:
    """Out of hours there is no booking: a message is offered instead."""
    call = _Call(tools=[_tool("take_message", ["name", "message"]), _tool("end_call")])
    assert "take a message" in call.says("book an appointment on tuesday at ten")
    assert call.used == []


def test_a_parameter_nobody_has_heard_of_is_asked_for_in_the_schemas_words() -> None:
    """A new tool parameter needs no change here to be asked for."""
    call = _Call(tools=[_tool("cancel_appointment", ["name", "insurance"])])
    call.says("cancel my appointment my name is ann lee")
    assert "The insurance" in call.messages[-1]["content"]


def test_the_first_words_name_the_place() -> None:
    """With no caller's words yet it greets, from the prompt's facts."""
    greeting = reply(Conversation.read({"messages": [{"role": "system", "content": _PROMPT}]}))
    assert greeting.text == "Hello, this is the assistant of Larkfield Clinic. How can I help you?"
