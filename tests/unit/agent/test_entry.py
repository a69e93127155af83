"""Which jobs are taken, and what the room is told of them."""

from __future__ import annotations

import json

import pytest
from livekit.agents import JobRequest
from livekit.agents.job import JobAcceptArguments
from livekit.protocol.agent import Job

from agent.entry import accept
from agent.opening import CALL_ID_ATTRIBUTE, EPOCH_ATTRIBUTE

CALL_ID = "0198c2aa-7f00-7000-8000-0123456789ab"


async def answers(metadata: str) -> tuple[list[JobAcceptArguments], list[bool]]:
    """What a job of this metadata was accepted with, and whether it was declined for good."""
    accepted: list[JobAcceptArguments] = []
    declined: list[bool] = []

    async def on_accept(arguments: JobAcceptArguments) -> None:
        accepted.append(arguments)

    async def on_reject(terminate: bool) -> None:
        declined.append(terminate)

    await accept(JobRequest(job=Job(id="AJ_1", metadata=metadata), on_reject=on_reject, on_accept=on_accept))
    return accepted, declined


async def test_a_probe_is_answered_and_no_call_is_made_of_it() -> None:
    """The doctor asks whether a worker is there: it left an abandoned call in the records each time. For good, or the
    server would ask the next worker."""
    assert await answers(json.dumps({"probe": True})) == ([], [True])


@pytest.mark.parametrize("metadata", ["", "{", json.dumps({"probe": "yes"}), json.dumps({"probe": False})])
async def test_whatever_else_comes_is_a_call(metadata: str) -> None:
    """A caller waits behind it."""
    accepted, declined = await answers(metadata)
    assert (len(accepted), declined) == (1, [])


async def test_the_room_is_told_which_call_it_is() -> None:
    """By the agent's attributes."""
    ((accepted,), _) = await answers(json.dumps({"resume": CALL_ID, "epoch": 3}))
    assert accepted.attributes == {CALL_ID_ATTRIBUTE: CALL_ID, EPOCH_ATTRIBUTE: "3"}
