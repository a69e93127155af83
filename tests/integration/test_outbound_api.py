"""/v1/calls with nothing faked but the far end and the agent: control as it runs in production, a real LiveKit server
and Redis, the telephone double's numbers. What became of a call is what its callee did."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from livekit import api

from calls.ids import new_call_id
from calls.outcome import Outcome
from calls.ports import Write
from calls.record import Caller, CallRecord, Direction, Leg
from calls.stores.keyspace import KeyspaceStore
from calls.stores.redis import RedisExecutor
from local.caller.numbers import Numbers
from local.ports import Ports
from local.rooms import client
from local.stack import Stack
from ops.clock import SystemClock
from ops.tasks import TaskSet
from tests.fakes.room_agent import RoomAgent
from tests.support import calling_config
from tests.support.house import ROOT

KEY = "the-key-of-this-tests-control"
PATIENCE_S = 30.0
pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class _Hooks:
    """Where control tells what becomes of a call. While it is down it takes nothing."""

    url: str = ""
    down: bool = False
    told: list[dict[str, Any]] = field(default_factory=list)

    def states(self, call_id: str) -> list[str]:
        return [event["call"]["state"] for event in self.told if event["call"]["id"] == call_id]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hooks() -> AsyncIterator[_Hooks]:
    found = _Hooks()

    async def take(request: web.Request) -> web.Response:
        event = json.loads(await request.read())
        if found.down:
            return web.Response(status=503)
        found.told.append(event)
        return web.Response()

    app = web.Application()
    app.router.add_post("/calls", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory, hooks: _Hooks) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("calls")
    own = {
        "CONTROL_API_KEY": KEY,
        "CALL_CENTER_CONFIG": str(calling_config.write(folder, ringing_s=5, calls_per_number_per_day=100)),
        "CONTROL_WEBHOOK_SECRET": "these-words-sign-what-is-posted",
        "CONTROL_WEBHOOK_HOSTS": hooks.url,
    }
    only = ("redis", "state", "livekit", "telephone", "control")
    async with Stack(folder, Ports.free(), {"control": own}, only=only, config=folder / "none.yaml") as running:
        async with client(running.info) as livekit:
            trunk = api.SIPOutboundTrunkInfo(
                name=f"switchboard: {calling_config.CARRIER}",
                address="sip.example.com",
                numbers=[calling_config.CALLER_ID],
            )
            await livekit.sip.create_outbound_trunk(api.CreateSIPOutboundTrunkRequest(trunk=trunk))
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def numbers(stack: Stack) -> AsyncIterator[Numbers]:
    async with Numbers(stack.info.telephone_url) as found, asyncio.timeout(60):
        await found.forget()
        yield found


class _Calls:
    """A client of the API, and the worker that comes into each room of a call that is made."""

    def __init__(self, stack: Stack, hooks: _Hooks, session: aiohttp.ClientSession) -> None:
        self._stack, self._hooks, self._session = stack, hooks, session
        self._agents: dict[str, RoomAgent] = {}

    async def work(self) -> None:
        async with client(self._stack.info) as livekit:
            while True:
                for room in (await livekit.room.list_rooms(api.ListRoomsRequest())).rooms:
                    if room.name.startswith("out-") and room.name not in self._agents:
                        self._agents[room.name] = agent = RoomAgent(self._stack.info)
                        await agent.join(room.name, {"switchboard.ready": "1"})
                        await agent.publish()
                await asyncio.sleep(0.1)

    async def leave(self) -> None:
        for agent in self._agents.values():
            await agent.leave()

    async def order(self, to: str, key: str, **more: Any) -> tuple[int, dict[str, Any]]:
        body = {"to": to, "line": "clinic", "webhook": f"{self._hooks.url}/calls", **more}
        return await self.ask("POST", "/v1/calls", json=body, headers={"Idempotency-Key": key})

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {KEY}"} | more.pop("headers", {})
        url = self._stack.info.control_url + path
        async with self._session.request(method, url, headers=headers, **more) as answer:
            return answer.status, await answer.json()

    async def becomes(self, call_id: str, *states: str) -> dict[str, Any]:
        """What it is when control has told of one of these states."""
        async with asyncio.timeout(PATIENCE_S):
            while not set(states) & set(self._hooks.states(call_id)):
                await asyncio.sleep(0.05)
        return (await self.ask("GET", f"/v1/calls/{call_id}"))[1]


@pytest_asyncio.fixture(loop_scope="module")
async def calls(stack: Stack, hooks: _Hooks) -> AsyncIterator[_Calls]:
    async with aiohttp.ClientSession() as session:
        found, tasks = _Calls(stack, hooks, session), TaskSet("worker")
        tasks.spawn(found.work(), name="come into rooms")
        yield found
        await tasks.aclose()
        await found.leave()


async def test_an_answered_call_from_the_order_to_the_end(calls: _Calls, hooks: _Hooks, numbers: Numbers) -> None:
    """The same order sent twice dials once; each state is told; the callee's hanging up is its end."""
    to = "+442079460101"
    await numbers.script(to, "answer", delay_ms=800, after_ms=500)
    status, call = await calls.order(to, "answered-1", purpose="reminder")
    assert (status, call["state"]) == (201, "queued")
    status, again = await calls.order(to, "answered-1", purpose="reminder")
    assert (status, again["id"]) == (200, call["id"])
    done = await calls.becomes(call["id"], "completed", "failed")
    assert (done["state"], done["sip_status"]) == ("completed", 200)
    assert hooks.states(call["id"]) == ["queued", "dialling", "ringing", "answered", "completed"]
    (dialled,) = await numbers.dialled()
    assert (dialled["number"], dialled["room"], dialled["from"]) == (to, f"out-{call['id']}", calling_config.CALLER_ID)


@pytest.mark.parametrize(
    ("behaviour", "state", "sip_status", "reason"),
    [
        ("busy", "busy", 486, None),
        ("reject", "rejected", 603, None),
        ("unavailable", "no-answer", 480, None),
        ("unreachable", "failed", 503, "sip"),
        ("no-answer", "no-answer", None, None),
    ],
)
async def test_what_the_callee_does_is_what_becomes_of_it(
    calls: _Calls, numbers: Numbers, behaviour: str, state: str, sip_status: int | None, reason: str | None
) -> None:
    """As LiveKit's own API reports it, the ringing's end included; the room is gone afterwards."""
    to = "+442079460102"
    await numbers.script(to, behaviour, delay_ms=300)
    _, call = await calls.order(to, behaviour)
    done = await calls.becomes(call["id"], state, "failed")
    assert (done["state"], done["sip_status"], done["reason"]) == (state, sip_status, reason)


async def test_a_ringing_call_is_cancelled(calls: _Calls, stack: Stack, numbers: Numbers) -> None:
    """The telephone stops ringing: its leg leaves with the room."""
    to = "+442079460103"
    await numbers.script(to, "no-answer")
    _, call = await calls.order(to, "cancelled-1")
    await calls.becomes(call["id"], "ringing")
    status, ended = await calls.ask("DELETE", _at(call))
    assert (status, ended["state"]) == (200, "cancelled")
    async with client(stack.info) as livekit, asyncio.timeout(PATIENCE_S):
        while any(
            room.name == f"out-{call['id']}" for room in (await livekit.room.list_rooms(api.ListRoomsRequest())).rooms
        ):
            await asyncio.sleep(0.1)
    assert len(await numbers.dialled()) == 1


async def test_the_command_orders_a_call_and_tells_what_becomes_of_it(
    stack: Stack, calls: _Calls, numbers: Numbers
) -> None:
    """`python -m sip dial --wait`: 0 where they talked, 1 with control's own words where it is refused."""
    to = "+442079460105"
    await numbers.script(to, "answer", delay_ms=600, after_ms=300)
    status, told = await _dial(stack, to, "--wait")
    assert status == 0, told
    assert [line.split()[1] for line in told.splitlines()][-1] == "completed"
    status, told = await _dial(stack, "+19005550123")
    assert status == 1
    assert told.startswith("premium: ")
    assert len(await numbers.dialled()) == 1


async def _dial(stack: Stack, *arguments: str) -> tuple[int, str]:
    own = {"CONTROL_URL": stack.info.control_url, "CONTROL_API_KEY": KEY}
    command = (sys.executable, "-m", "sip", "dial", "--line", "clinic", *arguments)
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=own, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(PATIENCE_S):
        told, _ = await process.communicate()
    return process.returncode or 0, told.decode()


async def test_who_is_on_a_call_with_us_is_not_rung(calls: _Calls, stack: Stack, numbers: Numbers) -> None:
    """They called us, and wait for an answer on that line: by the record that their agent writes."""
    to = "+442079460106"
    executor = RedisExecutor(stack.info.state_url)
    records = KeyspaceStore(executor)
    caller = Caller(Leg.SIP, "sip", to, "+15550100001", {"sip.phoneNumber": to})
    clock = SystemClock()
    call_id = new_call_id(clock)
    theirs = CallRecord(call_id, "room", "clinic", "clinic-receptionist", Direction.INBOUND, caller, clock.now())
    written = await records.write(Write("k1", theirs, 0))
    status, refused = await calls.order(to, "on-a-call-1")
    assert (status, refused["reason"]) == (409, "engaged")
    await records.write(Write("k2", theirs.close(clock.now(), Outcome.RESOLVED), written))
    await numbers.script(to, "busy")
    status, call = await calls.order(to, "on-a-call-2")
    assert status == 201
    await calls.becomes(call["id"], "busy")
    await executor.aclose()


async def test_control_is_killed_while_they_talk(calls: _Calls, hooks: _Hooks, stack: Stack, numbers: Numbers) -> None:
    """kill -9: the talk goes on, and the next control sees its end. Nobody is dialled again; and whoever is to be told
    of it, and took nothing meanwhile, is told all of it by the next one, in order."""
    to = "+442079460104"
    await numbers.script(to, "answer", delay_ms=200)
    hooks.down = True
    _, call = await calls.order(to, "killed-1")
    await _is_answered(calls, call)
    stack.process("control").kill()
    hooks.down = False
    await stack.process("control").restart()
    await _is_answered(calls, call)
    await calls.becomes(call["id"], "answered")
    told = hooks.states(call["id"])
    assert [state for state in told if state != "ringing"] == ["queued", "dialling", "answered"]
    status, refused = await calls.order(to, "killed-2")
    assert (status, refused["reason"]) == (409, "engaged")
    status, ended = await calls.ask("DELETE", _at(call))
    assert (status, ended["state"]) == (202, "answered")
    assert (await calls.becomes(call["id"], "completed"))["state"] == "completed"
    assert len(await numbers.dialled()) == 1


async def _is_answered(calls: _Calls, call: dict[str, Any]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(aiohttp.ClientError):
                if (await calls.ask("GET", _at(call)))[1]["state"] == "answered":
                    return
            await asyncio.sleep(0.1)


def _at(call: dict[str, Any]) -> str:
    return f"/v1/calls/{call['id']}"
