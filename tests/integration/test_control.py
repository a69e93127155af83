"""Control against a real LiveKit server and a real Redis: who answers keeps the call, who does not is replaced, and a
killed control is followed by another."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from livekit import api, rtc

from calls.ids import new_call_id
from calls.ports import Lease, StateStore, Write
from calls.record import Caller, CallRecord, Direction, Leg
from calls.stores.redis import redis_store
from local.environment import for_control
from local.ports import Ports
from local.rooms import client
from local.stack import Stack
from ops.clock import SystemClock
from tests.fakes.held_agent import HeldAgent

_MAIN = Path(__file__).parents[2] / "control" / "main.py"
PATIENCE_S = 30.0

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("control")
    only = ("redis", "state", "livekit", "control")
    async with Stack(folder, Ports.free(), only=only, config=folder / "none.yaml") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def store(stack: Stack) -> AsyncIterator[StateStore]:
    made = redis_store(stack.info.state_url)
    yield made
    await made.aclose()


class _Call:
    """A caller in a room of its own, with a worker that holds the call."""

    def __init__(self, stack: Stack, store: StateStore) -> None:
        self._stack, self._store = stack, store
        self.id = new_call_id(SystemClock())
        self.room = f"call_{self.id[-8:]}"
        lease = Lease(self.id, 1, self.room, f"agent-{self.id[-4:]}", "receptionist", "main", "ada")
        self.agent = HeldAgent(stack.info, store, lease)
        self._caller = rtc.Room()

    async def begin(self) -> None:
        grants = api.VideoGrants(room_join=True, room=self.room)
        token = api.AccessToken(self._stack.info.api_key, self._stack.info.api_secret).with_identity("caller")
        await self._caller.connect(self._stack.info.livekit_url, token.with_grants(grants).to_jwt())
        record = CallRecord(
            call_id=self.id,
            room=self.room,
            line="main",
            persona="ada",
            direction=Direction.INBOUND,
            caller=Caller(Leg.WEB, "caller"),
            started_at=SystemClock().now(),
            version=1,
        )
        await self._store.write(Write(f"first-{self.id}", record, 0))
        await self.agent.join()

    async def end(self) -> None:
        await self.agent.leave()
        await self._caller.disconnect()
        await self._store.release(self.id, 1000)

    async def hang_up(self) -> None:
        await self._caller.disconnect()

    async def orders(self) -> list[dict[str, Any]]:
        """The metadata of the dispatches made for this room; the server's own, for agents without a name, has none."""
        async with client(self._stack.info) as livekit:
            made = await livekit.agent_dispatch.list_dispatch(self.room)
        return [{**json.loads(one.metadata), "worker": one.agent_name} for one in made if one.metadata]

    async def taken_over(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while not (made := await self.orders()):
                await asyncio.sleep(0.05)
        return made[0]


@asynccontextmanager
async def _call(stack: Stack, store: StateStore) -> AsyncIterator[_Call]:
    call = _Call(stack, store)
    await call.begin()
    try:
        yield call
    finally:
        await call.end()


async def _metrics(url: str) -> dict[str, float]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as answer:
        lines = [line for line in (await answer.text()).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


async def test_a_worker_that_falls_silent_is_replaced(stack: Stack, store: StateStore) -> None:
    """Its ghost is taken out of the room, and a worker of the same name sent in, told what to resume."""
    async with _call(stack, store) as call:
        await asyncio.sleep(1.0)
        assert await call.orders() == []
        call.agent.die()
        assert await call.taken_over() == {
            "resume": call.id,
            "epoch": 2,
            "line": "main",
            "persona": "ada",
            "direction": "inbound",
            "worker": "receptionist",
        }
        async with asyncio.timeout(PATIENCE_S):
            await call.agent.gone.wait()
        assert call.agent.asked >= 1


async def test_a_worker_without_a_store_that_answers_keeps_its_call(stack: Stack, store: StateStore) -> None:
    """Only its way to the store is broken: it is asked through the room, and the answer is seen."""
    async with _call(stack, store) as call:
        call.agent.renews = False
        async with asyncio.timeout(PATIENCE_S):
            while call.agent.asked < 3:
                await asyncio.sleep(0.05)
        assert await call.orders() == []
        assert not call.agent.gone.is_set()
        assert (await _metrics(stack.info.control_url))['control_pings_total{result="alive"}'] >= 2


async def test_a_call_given_up_by_its_parent_is_replaced_without_a_question(stack: Stack, store: StateStore) -> None:
    """The parent of the job process saw it die."""
    async with _call(stack, store) as call:
        call.agent.die()
        await store.give_up(call.id, 1)
        assert (await call.taken_over())["epoch"] == 2
        assert call.agent.asked == 0


async def test_a_room_that_ends_with_its_worker_leaves_a_closed_record(stack: Stack, store: StateStore) -> None:
    """The room is deleted, the worker dead: the server's own webhook says so, and the end is written."""
    before = (await _metrics(stack.info.control_url)).get('control_webhooks_total{outcome="news"}', 0.0)
    async with _call(stack, store) as call:
        call.agent.die()
        await store.release(call.id, 1)
        async with client(stack.info) as livekit:
            await livekit.room.delete_room(api.DeleteRoomRequest(room=call.room))
        async with asyncio.timeout(PATIENCE_S):
            while (record := await store.record(call.id)) is not None and not record.closed:
                await asyncio.sleep(0.1)
        assert record is not None
        assert (record.outcome, record.failure, record.epoch) == ("failed", "end_never_written", 2)
        metrics = await _metrics(stack.info.control_url)
        assert metrics['control_webhooks_total{outcome="news"}'] > before
        assert metrics.get('control_webhooks_total{outcome="refused"}', 0.0) == 0


@asynccontextmanager
async def _replica(stack: Stack, port: int) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Another control on the same store, ready."""
    path = os.environ["PATH"]  # noqa: TID251 - the child's whole environment is made here
    own = for_control(stack.info, Ports()) | {"CONTROL_PORT": str(port), "PATH": path}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(_MAIN), env=own, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(PATIENCE_S):
            await _until(url, "ready", True)
        yield process, url
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _until(url: str, key: str, value: bool) -> None:
    async with aiohttp.ClientSession() as session:
        while True:
            with suppress(aiohttp.ClientError):
                async with session.get(f"{url}/ready") as answer:
                    if (await answer.json())[key] is value:
                        return
            await asyncio.sleep(0.05)


async def test_the_leader_is_killed_with_a_worker_and_the_other_replica_goes_on(
    stack: Stack, store: StateStore
) -> None:
    """One acts, the other waits; after kill -9 of the leader the other leads, and finds the dead worker by itself.
    What was stopped with SIGTERM ends with status 0."""
    async with _replica(stack, Ports.free().control) as (process, url), _call(stack, store) as call:
        assert (await _metrics(stack.info.control_url))["control_leading"] == 1
        assert (await _metrics(url))["control_leading"] == 0
        stack.process("control").kill()
        call.agent.die()
        assert (await call.taken_over())["epoch"] == 2
        metrics = await _metrics(url)
        assert metrics["control_leading"] == 1
        assert metrics['control_takeovers_total{reason="lapsed"}'] == 1
        assert len(await call.orders()) == 1
        await stack.process("control").restart()
    assert process.returncode == 0
    async with asyncio.timeout(PATIENCE_S):
        await _until(stack.info.control_url, "leads", True)


async def test_a_leader_that_stood_still_leads_no_more(stack: Stack, store: StateStore) -> None:
    """Frozen for longer than its lock, and thawed: the other has the lead, and a dead worker is replaced once."""
    leader = stack.process("control")
    async with _replica(stack, Ports.free().control) as (_, url), _call(stack, store) as call:
        leader.freeze()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await _until(url, "leads", True)
        finally:
            leader.thaw()
        async with asyncio.timeout(PATIENCE_S):
            await _until(stack.info.control_url, "leads", False)
        call.agent.die()
        assert (await call.taken_over())["epoch"] == 2
        assert (await _metrics(url))['control_takeovers_total{reason="lapsed"}'] == 1
        assert len(await call.orders()) == 1


async def test_redis_killed_and_back_costs_no_living_call(stack: Stack, store: StateStore) -> None:
    """kill -9 of the calls' Redis for two seconds, then back with what it had: every lease looks old, all answer."""
    async with _call(stack, store) as call:
        call.agent.renews = False  # it is slow to find its way back, slower than control
        state = stack.process("state")
        state.kill()
        await asyncio.sleep(2.0)
        await state.restart()
        async with asyncio.timeout(PATIENCE_S):
            await _until(stack.info.control_url, "leads", True)
        asked = call.agent.asked
        async with asyncio.timeout(PATIENCE_S):
            while call.agent.asked < asked + 2:
                await asyncio.sleep(0.05)
        assert await call.orders() == []
        assert not call.agent.gone.is_set()
