"""Tools are called as the framework calls them, with JSON a model wrote. Whatever it wrote and whatever breaks, the
model gets words, the desk gets a report, and the call goes on."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, cast

import pytest
from livekit.agents import RunContext, llm
from livekit.agents.llm.utils import execute_function_call

from agent.failures import Failure
from agent.tools import guard
from agent.tools.anatomy import Arg, Tool
from agent.tools.desk import Desk
from agent.tools.registry import KNOWN, TOOLS, build_tools
from tests.fakes.clock import FakeClock
from tests.support.desk import a_desk
from tests.support.virtual_time import virtual_time


class Speech:
    """A framework's speech handle, as far as a RunContext asks it."""

    def __init__(self, *, interrupted: bool = False) -> None:
        self.num_steps = 1
        self.interrupted = interrupted
        self._allowed = True

    @property
    def allow_interruptions(self) -> bool:
        return self._allowed

    @allow_interruptions.setter
    def allow_interruptions(self, value: bool) -> None:
        if self.interrupted:
            raise RuntimeError("the speech is interrupted already")
        self._allowed = value


async def call(tools: list[llm.Tool | llm.Toolset], name: str, arguments: object, speech: Speech | None = None) -> str:
    """As livekit-agents executes a model's function call; the answer the model would see."""
    context: RunContext[Any] = RunContext(
        session=cast(Any, SimpleNamespace(_global_run_state=None)),
        speech_handle=cast(Any, speech or Speech()),
        function_call=llm.FunctionCall(call_id="f1", name=name, arguments="{}"),
    )
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    request = llm.FunctionToolCall(call_id="f1", name=name, arguments=text)
    result = await execute_function_call(request, llm.ToolContext(tools), call_ctx=context)
    return result.fnc_call_out.output


def bound(desk: Desk, run: Callable[..., Awaitable[str]], *, writes: bool = False) -> list[llm.Tool | llm.Toolset]:
    return [guard.bound(Tool(run, writes=writes), desk)]


async def test_a_booking_the_way_the_framework_calls_it(tmp_path: Path) -> None:
    """JSON in, words out, one row; the turn is held against barge-in because its result must reach the caller."""
    desk, _ = a_desk(tmp_path)
    speech = Speech()
    arguments = {"name": "Anna Smith", "day": "tomorrow", "time": "10:30", "reason": None}
    answer = await call(build_tools(KNOWN, desk), "book_appointment", arguments, speech)
    assert answer.startswith("Booked for Anna Smith: Thursday the 19th at half past ten.")
    assert len(await desk.diary.appointments()) == 1
    assert speech.allow_interruptions is False


async def test_a_reading_tool_may_be_interrupted(tmp_path: Path) -> None:
    """Nothing is lost when the caller speaks over opening hours."""
    desk, _ = a_desk(tmp_path)
    speech = Speech()
    assert "open" in await call(build_tools(["opening_hours"], desk), "opening_hours", {}, speech)
    assert speech.allow_interruptions is True


async def test_nothing_is_written_that_the_caller_would_not_hear_of(tmp_path: Path) -> None:
    """The caller has barged in before the tool ran: its result would be dropped, so it does not run."""
    desk, caused = a_desk(tmp_path)
    arguments = {"name": "Anna Smith", "day": "tomorrow", "time": "10:30"}
    answer = await call(build_tools(KNOWN, desk), "book_appointment", arguments, Speech(interrupted=True))
    assert answer == guard.INTERRUPTED
    assert await desk.diary.appointments() == []
    assert caused.tools == [("book_appointment", {}, guard.INTERRUPTED, False)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"name": "A B", "day": "tomorrow"}, "Not done. time is missing. Ask the caller for it"),
        ({"name": "", "day": "tomorrow", "time": "10:30"}, "Not done. name is missing."),
        ({"name": "\u202e\u0000 ", "day": "tomorrow", "time": "10:30"}, "Not done. name is missing."),
        ({"name": "...", "day": "tomorrow", "time": "10:30"}, "Not done. name is not a name."),
        ({"name": ["A"], "day": "tomorrow", "time": "10:30"}, "Not done. name must be text."),
        ({"name": True, "day": "tomorrow", "time": "10:30"}, "Not done. name must be text."),
        ({"name": {"a": 1}, "day": "tomorrow", "time": "10:30"}, "Not done. name must be text."),
        ({"name": "A" * 10_240, "day": "tomorrow", "time": "10:30"}, "Not done. name is too long: at most 80"),
        ({"name": "A B", "day": 10**400, "time": "10:30"}, "Not done. day must be text."),
        ({"name": "A B", "day": "tomorrow", "time": "10:30", "admin": True}, "Not done. book_appointment takes only"),
        ("[1, 2]", "expected dict"),
        ("no json at all", "Error"),
        ('{"name": "A B", "day": "tomorrow", "time"', "Not done. time is missing."),
    ],
)
async def test_bad_arguments_are_answered_with_what_is_wrong(tmp_path: Path, arguments: object, says: str) -> None:
    """Missing, of the wrong type, too long, unknown, no JSON: words for the model, nothing written, no exception."""
    desk, caused = a_desk(tmp_path)
    answer = await call(build_tools(KNOWN, desk), "book_appointment", arguments)
    assert says in answer
    assert len(answer) < 400
    assert await desk.diary.appointments() == []
    assert caused.failures == []


async def test_arguments_are_cleaned_before_a_tool_sees_them(tmp_path: Path) -> None:
    """Control characters, bidi marks and line breaks are out; a number is text; null is the default."""
    seen: list[tuple[str, str]] = []

    async def echo(desk: Desk, a: Annotated[str, Arg("a")], b: Annotated[str, Arg("b")] = "default") -> str:
        """Echo."""
        seen.append((a, b))
        return "ok"

    desk, _ = a_desk(tmp_path)
    tools = bound(desk, echo)
    await call(tools, "echo", {"a": " An\u202ena\x07\r\n  Smith\ud800 "})
    await call(tools, "echo", {"a": 24, "b": 10.5})
    await call(tools, "echo", {"a": "x", "b": None})
    assert seen == [("Anna Smith", "default"), ("24", "10.5"), ("x", "default")]


async def test_a_tool_that_raises_is_words_and_a_failure(tmp_path: Path) -> None:
    """The model is told to be honest; the failure names tool and exception, never what the caller said."""

    async def broken(desk: Desk, name: Annotated[str, Arg("a")]) -> str:
        """Break."""
        raise KeyError(name)

    desk, caused = a_desk(tmp_path)
    assert await call(bound(desk, broken), "broken", {"name": "Anna"}) == guard.BROKE
    assert caused.failures == [(Failure.TOOL_FAILED, "broken: KeyError")]
    assert caused.tools == [("broken", {"name": "Anna"}, guard.BROKE, False)]


@virtual_time
async def test_a_tool_that_hangs_is_given_up(tmp_path: Path) -> None:
    """After five seconds the model gets words. A tool that writes may have written: it is not said to have failed."""
    clock = FakeClock()

    async def hang(desk: Desk) -> str:
        """Hang."""
        await clock.sleep(3600)
        return "never"

    desk, caused = a_desk(tmp_path)
    assert await call(bound(desk, hang), "hang", {}) == guard.BROKE
    assert clock.monotonic() == pytest.approx(guard.DEADLINE_S, abs=0.1)
    assert await call(bound(desk, hang, writes=True), "hang", {}) == guard.HUNG
    assert [failure for failure, _ in caused.failures] == [Failure.TOOL_HANGS] * 2


async def test_a_diary_that_is_down_is_told_honestly(tmp_path: Path) -> None:
    """No database behind it: the caller is offered a message instead of silence."""
    (tmp_path / "diary.sqlite3").write_text("no database " * 1000)
    desk, caused = a_desk(tmp_path)
    arguments = {"name": "Anna Smith", "day": "tomorrow", "time": "10:30"}
    assert await call(build_tools(KNOWN, desk), "book_appointment", arguments) == guard.BROKE
    assert caused.failures == [(Failure.TOOL_FAILED, "book_appointment: DiaryDown")]


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_every_tool_has_the_same_anatomy(name: str) -> None:
    """Its file is its name; the model reads a docstring and a description of each argument; every length is bounded."""
    tool = TOOLS[name]
    assert tool.run.__module__ == f"agent.tools.{name}"
    schema = tool.schema()
    assert len(schema["description"]) > 20
    assert schema["parameters"]["additionalProperties"] is False
    for argument in schema["parameters"]["properties"].values():
        assert argument["type"] == "string"
        assert argument["description"].endswith(".")
        assert 0 < argument["maxLength"] <= 1000


def test_the_tools_that_write_hold_their_turn() -> None:
    """A new tool that writes belongs here and says so."""
    writing = {"book_appointment", "move_appointment", "cancel_appointment", "take_message", "press_keys"}
    assert {name for name, tool in TOOLS.items() if tool.writes} == writing
