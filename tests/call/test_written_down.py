"""What a call leaves behind for its operator: its latencies, its numbers, and no trace of its caller in the logs."""

from __future__ import annotations

import asyncio
import json
import re
import stat
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from local.readiness import wait_until
from local.stack import Stack
from tests.support.calls import Call, ring
from tests.support.workers import worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

STAGES = ("voice_to_voice_s", "end_of_turn_s", "transcription_s", "llm_first_token_s", "tts_first_byte_s")
CALLS = "switchboard_calls_total"
LIVE = "switchboard_live_calls"
TIMED = "switchboard_turn_voice_to_voice_seconds_count"


async def test_an_answered_turn_is_timed_and_counted_and_says_nothing_of_its_caller(stack: Stack) -> None:
    """Every stage has a number, the metrics rise by one, and the logs may be shown to anybody; the record may not."""
    log = stack.process("agent").log
    before, written = await metrics(stack), log.stat().st_size
    async with ring(stack) as call:
        await call.greeting()
        live = (await metrics(stack)).get(LIVE)
        await call.ask("What are your opening hours?")
    (timed,) = call.of_kind("turn_timed")
    assert timed["turn"] == 1
    assert {stage for stage in STAGES if timed[stage] is not None and 0 <= timed[stage] < 30} == set(STAGES), timed
    assert live == before.get(LIVE, 0) + 1

    async def counted() -> bool:
        now = await metrics(stack)
        return now[LIVE] == 0 and all(now[name] == before.get(name, 0) + 1 for name in (CALLS, TIMED))

    async with asyncio.timeout(10.0):
        while not await counted():
            await asyncio.sleep(0.2)
    assert await wait_until(lambda: "process exiting" in since(log, written), 20.0)
    private = secrets_of(call)
    assert not {secret for secret in private if secret in words(since(log, written))}
    assert "call opened" in since(log, written)
    assert "call closed" in since(log, written)
    ours = [line for line in since(log, written).splitlines() if "agent.live_call" in line]
    assert ours
    assert all(f'"call_id": "{call.call_id}"' in line for line in ours), "a call can be found in the logs by its id"


async def test_a_worker_without_a_store_leaves_files_for_its_owner_only(stack: Stack, tmp_path: Path) -> None:
    """STATE_URL=memory:///directory: nothing but the worker is needed, and the record is as whole as in a store."""
    records = tmp_path / "calls"
    async with (
        worker(stack, tmp_path, name="filing", STATE_URL=f"memory://{records}") as filing,
        ring(stack, info=filing.info) as call,
    ):
        await call.greeting()
    for kept in (f"{call.call_id}.json", f"{call.call_id}.jsonl"):
        assert stat.S_IMODE((records / kept).stat().st_mode) == 0o600


async def metrics(stack: Stack) -> dict[str, float]:
    """The worker's samples by name, added up over their labels."""
    port = stack.process("agent").service.environment["METRICS_PORT"]
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        text = await answer.text()
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


def since(log: Path, offset: int) -> str:
    with log.open("rb") as lines:
        lines.seek(offset)
        return lines.read().decode()


def words(text: str) -> str:
    """In small letters, without signs: what was said is found however it was written."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def secrets_of(call: Call) -> set[str]:
    """The caller's number, the room's name, and every three words in a row that were spoken."""
    spoken = [words(text).split() for text in (*call.said("caller"), *call.said("agent"))]
    phrases = {" ".join(text[at : at + 3]) for text in spoken for at in range(len(text) - 2)}
    number = call.record["caller"]["number"].removeprefix("+")
    assert len(phrases) > 10, "nothing was said"
    assert call.said("caller"), json.dumps(call.events)
    return phrases | {number, words(call.record["room"])}
