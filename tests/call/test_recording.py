"""What callers live through on lines that record: told, asked, stopped, paused for a card, and turned away where a call
must be recorded and cannot be. One stack of its own, with Egress and a bucket, for all of them."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import av
import numpy as np
import pytest
import pytest_asyncio

from calls.policy import RecordingPolicy
from config.phrases.english import ENGLISH
from local.caller.legs import PhoneLeg
from local.ports import Ports
from local.records import reading
from local.stack import Stack
from ops.deadline import deadline
from tests.support import house_config
from tests.support.calls import PATIENCE_S, Call, is_said, ring, trouble
from tests.support.card_safe import SafeServer, safe_server
from tests.support.people import at
from tests.support.recorder_trouble import order, take_back
from tests.support.workers import job_process

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = "4111111111111111"
OPEN, ASKING, STRICT, PERSON = "+15550100001", "+15550100004", "+15550100005", "+12025550148"
FIRST = "Hello, this is the AI receptionist of Lark field Clinic."  # as it sounds
POLICY = RecordingPolicy()
PROVEN_S = 45.0
SAID = (
    FIRST,
    f"{FIRST} {POLICY.notice}",
    POLICY.question,
    POLICY.unavailable,
    ENGLISH.card,
    ENGLISH.stopped,
    "How can I help you?",
)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def safe(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SafeServer]:
    async with safe_server(tmp_path_factory.mktemp("safe")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def recorded(tmp_path_factory: pytest.TempPathFactory, safe: SafeServer) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("recorded")
    agent = {"CARD_SAFE_URL": safe.url, "CARD_SAFE_TOKEN": "secret", "SSL_CERT_FILE": str(safe.certificate)}
    config = await asyncio.to_thread(configured, folder / "config")
    async with Stack(folder, Ports.free(), {"agent": agent}, config=config) as running:
        yield running


def configured(folder: Path) -> Path:
    """The shipped call centre, which records what it can, with a line that asks and one that must record."""
    found = house_config.shipped("best_effort")
    clinic = found["lines"]["clinic"]
    for name, number, mode in (("asking", ASKING, "on_consent"), ("strict", STRICT, "required")):
        recording = {"mode": mode, "start_s": 3, "unavailable_transfer": "person"}
        found["lines"][name] = {
            **{key: clinic[key] for key in ("persona", "carrier")},
            "numbers": [number],
            "policy": {"recording": recording},
            "transfer": {"person": {"number": PERSON, "says": "our desk"}},
        }
    path = house_config.write(folder, found)
    persona = path.parent / "personas" / "clinic-receptionist.md"
    persona.write_text(persona.read_text().replace("  - end_call", "  - take_card\n  - end_call"))
    return path


async def test_a_card_is_typed_while_nothing_is_recorded(recorded: Stack, safe: SafeServer) -> None:
    """Announced, recorded, paused before the digits are asked for, gone on with; two files with the agent left and the
    caller right, proven; and the number is in the safe and nowhere else."""
    async with ring(recorded, number=OPEN) as call:
        heard = await call.greeting()
        assert await is_said(heard, f"{FIRST} {POLICY.notice} How can I help you?", FIRST, *SAID)
        await trouble(recorded, {"tool": "take_card"}, 200)
        await call.talk.say("I want to pay my bill by card, please.")
        await call.written(lambda event: event["kind"] == "tool_called")
        await trouble(recorded, {})
        await call.written(lambda event: event.get("state") == "paused")
        assert await is_said(await call.talk.heard_answer(PATIENCE_S), ENGLISH.card, *SAID)
        assert isinstance(call.leg, PhoneLeg)
        await call.leg.dtmf(f"{CARD}#")
        await call.written(lambda event: event.get("state") == "running" and event["name"].endswith("-2.ogg"))
        await call.talk.heard_answer(PATIENCE_S)
        await call.ask("What are your opening hours?")
    assert safe.bodies == [{"call_id": call.call_id, "card_number": CARD}]
    assert call.of_kind("dtmf_pressed") == []
    assert not [event for event in call.events if CARD[:6] in json.dumps(event)]
    record = await settled(recorded, call)
    recording = record["recording"]
    assert recording["state"] == "proven"
    assert [(gap["reason"], gap["until"] is not None) for gap in recording["gaps"]] == [("card", True)]
    assert len(recording["parts"]) == 2
    assert await asyncio.to_thread(holding, recorded.info.data_dir, CARD) == []
    await two_channels(recorded, call, recording["parts"][1])


async def two_channels(stack: Stack, call: Call, part: Mapping[str, Any]) -> None:
    """Whoever spoke in the file's time is on their own side of it, at the time that their event says."""
    sound, rate = await asyncio.to_thread(decoded, await fetched(stack, part["name"]))
    begin = part["started_at"]
    checked = set()
    for side, other, kind in ((0, 1, "agent_spoke"), (1, 0, "caller_spoke")):
        for event in call.of_kind(kind):
            if event.get("began_at", 0) < begin + 0.5:
                continue
            first, last = (round((event[key] - begin) * rate) for key in ("began_at", "ended_at"))
            spoken = sound[:, first + rate // 5 : last - rate // 5]
            assert rms(spoken[side]) > 10 * rms(spoken[other]), (kind, event["text"])
            checked.add(kind)
    assert checked == {"agent_spoke", "caller_spoke"}


@pytest.mark.parametrize(
    ("caller", "answer", "state"),
    [("+12025550161", "Yes, please.", "proven"), ("+12025550162", "No, I do not want to be recorded.", "declined")],
)
async def test_who_is_asked_is_recorded_only_for_a_yes(recorded: Stack, caller: str, answer: str, state: str) -> None:
    """Nothing is recorded before the answer, and the talk goes on after it either way. A yes holds for the worker that
    takes the call over, which goes on in the same file; and it can be taken back."""
    async with ring(recorded, number=ASKING, caller=caller) as call:
        asked = await call.greeting()
        await call.ask(answer)
        if state == "proven":
            await call.written(lambda event: event.get("state") == "running")
            (await job_process(recorded, call.call_id)).kill()
            await call.talk.heard_answer(PATIENCE_S)
            await call.written(lambda event: event.get("state") == "running" and event.get("epoch") == 2)
            await call.ask("I do not want to be recorded.")
    assert await is_said(asked, f"{FIRST} {POLICY.question}", *SAID)
    record = await settled(recorded, call)
    assert record["recording"]["consent"] == ("given" if state == "proven" else "declined")
    assert record["recording"]["state"] == state
    if state == "proven":
        assert ENGLISH.stopped in call.said("agent")
        assert [gap["reason"] for gap in record["recording"]["gaps"]] == ["asked"]
        assert len(record["recording"]["parts"]) == 1
    else:
        assert record["recording"]["parts"] == []


async def test_where_a_call_must_be_recorded_it_is_not_taken_without(recorded: Stack) -> None:
    """An egress that never gets active costs the caller an apology, and a person has them; not an unrecorded talk: what
    they say after the notice is nobody's turn, and is not answered."""
    await order(recorded.info, "never-starts", times=0)
    try:
        async with at(recorded, PERSON) as person, ring(recorded, number=STRICT) as call:
            await call.greeting()
            await call.talk.say("What are your opening hours?")
            await person.rung(PATIENCE_S)
            await person.answer()
            await call.ended()
    finally:
        await take_back(recorded.info)
    assert call.of_kind("call_ended")[0]["reason"] == "transferred"
    assert (call.record["outcome"], call.said("caller")) == ("transferred", [])
    assert call.said("agent")[1:] == [ENGLISH.one_moment, ENGLISH.handed_on.format(says="our desk")]


# -- what there is afterwards ------------------------------------------------------------------------------------


async def settled(stack: Stack, call: Call) -> dict[str, Any]:
    """The record, once it is known what became of the recording."""
    async with reading(stack.info.state_url) as records, deadline(PROVEN_S, "a recording's proof"):
        while True:
            found = dict(await records.record(call.call_id) or {})
            if found["recording"]["state"] not in ("ended", "missing"):
                return found
            await asyncio.sleep(0.25)


async def fetched(stack: Stack, name: str) -> bytes:
    where = f"{stack.info.storage_url}/storage/v1/b/recordings/o/{name.replace('/', '%2F')}?alt=media"
    async with aiohttp.ClientSession() as http, http.get(where) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.read()


def decoded(content: bytes) -> tuple[np.ndarray[Any, np.dtype[np.float32]], int]:
    """Two rows of samples, and how many there are a second."""
    with av.open(io.BytesIO(content), "r") as container:
        stream = container.streams.audio[0]
        frames = [frame.to_ndarray() for frame in container.decode(stream)]
        return np.concatenate(frames, axis=1).astype(np.float32).reshape(2, -1), stream.rate


def rms(samples: np.ndarray[Any, np.dtype[np.float32]]) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))) + 1e-9)


def holding(folder: Path, text: str) -> list[str]:
    """Files with `text` in them; the telephone's own log, which is the caller's, apart."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("telephone"))
    return [str(path) for path in files if text.encode() in path.read_bytes()]
