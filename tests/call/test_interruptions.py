"""Callers do not wait for their turn: they speak over the agent, say nothing, hang up in mid-word, or never stop."""

from __future__ import annotations

import pytest

from local.stack import Stack
from tests.support.calls import PATIENCE_S, ring

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_agent_falls_silent_when_the_caller_speaks_over_it(stack: Stack) -> None:
    """A barge-in: the greeting breaks off, the caller's words get an answer, the record holds only what was heard."""
    async with ring(stack) as call:
        await call.talk.barge_in("What are your opening hours?", after_s=1.0)
        await call.talk.heard_answer(PATIENCE_S)
    greeting = call.of_kind("agent_spoke")[0]
    assert greeting["interrupted"]
    assert len(greeting["text"]) < len("Hello, this is the AI receptionist of Larkfield Clinic. How can I help you?")
    assert call.report().barge_in_ms
    assert call.record["turns"] == 1


async def test_a_caller_who_hangs_up_in_mid_sentence_leaves_a_closed_call(stack: Stack) -> None:
    """The agent speaks into a dead line: the call is closed all the same, and no room stays."""
    async with ring(stack) as call:
        await call.greeting()
        await call.talk.say("What are your opening hours?")
        onset = call.leg.handset.agent.onset_after
        begun = call.leg.handset.now_s
        while onset(begun) is None:
            await call.leg.handset.agent.more()
    assert call.record["outcome"] == "resolved"
    assert call.of_kind("call_ended")[0]["reason"] == "caller_hung_up"


async def test_a_caller_who_hangs_up_before_the_greeting_ends(stack: Stack) -> None:
    """Wrong number: the call was abandoned, not resolved."""
    async with ring(stack) as call:
        pass
    assert call.record["outcome"] == "abandoned"
    assert call.record["turns"] == 0


async def test_a_silent_caller_is_asked_and_then_told_goodbye(stack: Stack) -> None:
    """Two prompts 8 s apart, a goodbye, and we hang up: nobody sits in an open line."""
    async with ring(stack) as call:
        await call.greeting()
        await call.ended(90.0)
    prompts = call.said("agent")[1:]
    assert len(prompts) == 3
    assert "Goodbye" in prompts[-1]
    assert call.record["outcome"] == "abandoned"
    assert call.of_kind("call_ended")[0]["reason"] == "silence"
