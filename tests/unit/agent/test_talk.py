"""What the model is given and what of its answer is spoken."""

from __future__ import annotations

import pytest
from livekit.agents import llm

from agent.talk import _bounded, _says_something, one_system_message
from agent.turns.answer import GO_ON, Bound


def message(role: llm.ChatRole, text: str) -> llm.ChatMessage:
    return llm.ChatMessage(role=role, content=[text])


def chunk(text: str | None = None, *tools: llm.FunctionToolCall) -> llm.ChatChunk:
    return llm.ChatChunk(id="c", delta=llm.ChoiceDelta(role="assistant", content=text, tool_calls=list(tools)))


ROLE_ALONE = chunk()
USAGE_ALONE = llm.ChatChunk(id="c", delta=None)
TOOL = chunk(None, llm.FunctionToolCall(name="end_call", arguments="{}", call_id="1"))


def test_every_system_message_is_folded_into_the_first() -> None:
    """vLLM's chat templates answer 400 to a system message that is not the first; none of them may get lost."""
    items: list[llm.ChatItem] = [
        message("system", "You are the receptionist."),
        message("assistant", "Hello."),
        message("user", "Is it open?"),
        message("developer", "Be brief."),
        llm.FunctionCall(call_id="1", name="opening_hours", arguments="{}"),
        llm.FunctionCallOutput(call_id="1", name="opening_hours", output="until six", is_error=False),
        message("system", "The line is bad."),
        message("user", "Hello?"),
    ]
    given = llm.ChatContext(items)
    folded = one_system_message(given).items
    first = folded[0]
    assert isinstance(first, llm.ChatMessage)
    assert first.role == "system"
    assert first.text_content == "You are the receptionist.\n\nBe brief.\n\nThe line is bad."
    assert folded[1:] == [items[index] for index in (1, 2, 4, 5, 7)]
    assert [item.id for item in given.items] == [item.id for item in items], "the session's own talk is left alone"
    assert items[0] == given.items[0]


def test_a_system_message_that_comes_late_is_put_first() -> None:
    """It is the place that counts, not only the number."""
    folded = one_system_message(
        llm.ChatContext([message("user", "Hi"), message("system", "A."), message("system", "B.")])
    )
    texts = [item.text_content for item in folded.items if isinstance(item, llm.ChatMessage)]
    assert texts == ["A.\n\nB.", "Hi"]


@pytest.mark.parametrize("roles", [("system", "user", "assistant"), ("user",), ()])
def test_a_talk_that_is_fine_is_passed_on_as_it_is(roles: tuple[llm.ChatRole, ...]) -> None:
    """The model server's prefix cache depends on the same words at the same places."""
    given = llm.ChatContext([message(role, "x") for role in roles])
    assert one_system_message(given).items == given.items


@pytest.mark.parametrize("piece", ["Yes.", chunk(" Yes"), TOOL])
def test_words_and_tool_calls_are_answers(piece: llm.ChatChunk | str) -> None:
    """A tool call without a word is a model at work: no filler, no apology."""
    assert _says_something(piece)


@pytest.mark.parametrize("piece", ["", " \n", ROLE_ALONE, USAGE_ALONE, chunk(" "), chunk("")])
def test_a_role_or_blanks_are_no_answer(piece: llm.ChatChunk | str) -> None:
    """Servers open with a chunk that has a role and nothing else, however long the answer then takes."""
    assert not _says_something(piece)


def test_an_answer_within_its_bound_is_not_touched() -> None:
    """Chunks without text (tool calls, usage) pass whatever the bound is; text passes as the chunk that it came in."""
    bound = Bound(limit=10)
    for piece in ("Yes.", chunk(" No."), TOOL, USAGE_ALONE, ROLE_ALONE):
        assert _bounded(piece, bound) is piece
    assert not bound.full


@pytest.mark.parametrize("as_chunk", [True, False])
def test_an_answer_past_its_bound_ends_with_its_sentence(as_chunk: bool) -> None:
    """The sentence is finished, the caller asked whether to go on, and the reader told to stop."""
    text = "Ten words. And this one is the last. Never said."
    bound = Bound(limit=15)
    assert _bounded(chunk(text) if as_chunk else text, bound) == f"Ten words. And this one is the last.{GO_ON}"
    assert bound.full
