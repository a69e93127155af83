"""Between the model and a tool: checked arguments, a deadline, and words instead of exceptions.

Nothing here trusts the prompt: whatever a caller talks the model into, a tool gets bounded text and answers for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from livekit.agents import RunContext, llm

from agent.failures import Failure
from agent.tools.anatomy import BadArguments, Refusal, Tool
from agent.tools.desk import Desk
from ops.deadline import DeadlineExceeded, deadline

DEADLINE_S = 5.0

_SORRY = "Tell the caller honestly that it did not work, and offer to take a message."
BROKE = f"This did not work. Nothing is confirmed. {_SORRY}"
HUNG = f"This took too long and it is not known whether it was done. Do not say that it was. {_SORRY}"
INTERRUPTED = (
    "The caller spoke before this was done, so nothing was changed. Listen, then ask whether it is still wanted."
)


def bound(tool: Tool, desk: Desk, deadline_s: float = DEADLINE_S) -> llm.Tool:
    """`tool` as the framework calls it, for one call: never raises (cancellation passes), reports each use to the desk.

    A raw tool, because the framework's own argument check answers in pydantic's words and logs what the model sent.
    """

    async def call(raw_arguments: dict[str, object], ctx: RunContext[Any]) -> str | llm.ToolResult:
        if tool.writes and not _held(ctx):
            desk.tool_called(tool.name, {}, INTERRUPTED, False)
            return INTERRUPTED
        answer, ok = await _attempt(tool, desk, raw_arguments, deadline_s)
        return llm.ToolResult(answer, reply_required=False) if tool.quiet and ok else answer

    return llm.function_tool(call, raw_schema=tool.schema())


async def run(tool: Tool, desk: Desk, raw: Mapping[str, object], deadline_s: float = DEADLINE_S) -> str:
    """One use of `tool`: the words for the model, whatever happens."""
    answer, _ = await _attempt(tool, desk, raw, deadline_s)
    return answer


async def _attempt(tool: Tool, desk: Desk, raw: Mapping[str, object], deadline_s: float) -> tuple[str, bool]:
    arguments: dict[str, str] = {}
    ok = False
    try:
        arguments = tool.cleaned(raw)
        async with deadline(deadline_s, f"tool {tool.name}"):
            answer = await tool.run(desk, **arguments)
        ok = True
    except Refusal as e:
        answer, ok = str(e), True
    except BadArguments as e:
        answer = f"Not done. {e}"
    except DeadlineExceeded as e:
        answer = HUNG if tool.writes else BROKE
        desk.failed(Failure.TOOL_HANGS, f"{tool.name}: {e}")
    except Exception as e:  # noqa: BLE001  # a tool's bug must not cost the call
        answer = BROKE
        desk.failed(Failure.TOOL_FAILED, f"{tool.name}: {type(e).__name__}")
    desk.tool_called(tool.name, arguments, answer, ok)
    return answer, ok


def _held(ctx: RunContext[Any]) -> bool:
    """Hold the caller's barge-in off until the tool's answer is spoken; False: it is too late.

    The framework drops the results of an interrupted turn (livekit/agents#3702), and a booking that nobody was told of
    is worse than a second's patience.
    """
    try:
        ctx.disallow_interruptions()
    except RuntimeError:
        return False
    return True
