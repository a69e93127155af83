"""The telephone that orders its own call, beside a control that does what the test says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from local.caller.callees.human import Human
from local.caller.errors import CallerError, NotAnsweredError
from local.caller.ordered_leg import OrderedLeg
from local.caller.orders import Order
from local.environment import CONTROL_API_KEY
from local.info import StackInfo
from local.ports import Ports
from local.stack import Stack

THEIRS = "+12125550123"
SOON_S = 10.0


class Control:
    """Answers every order with `place`, every look with `look`; what it was sent is in `ordered`."""

    def __init__(self) -> None:
        self.ordered: list[dict[str, object]] = []
        self.place: tuple[int, dict[str, object]] = (201, {"id": "c1", "state": "queued"})
        self.look: dict[str, object] = {"id": "c1", "state": "dialling"}

    async def post(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {CONTROL_API_KEY}"
        assert request.headers["Idempotency-Key"]
        self.ordered.append(await request.json())
        return web.json_response(self.place[1], status=self.place[0])

    async def get(self, _: web.Request) -> web.Response:
        return web.json_response(self.look)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Redis, livekit-server and the double."""
    folder = tmp_path_factory.mktemp("ordered")
    only = ("redis", "livekit", "telephone")
    async with Stack(folder, Ports.free(), only=only, config=folder / "none.yaml") as running:
        yield running


@pytest_asyncio.fixture
async def control() -> AsyncIterator[tuple[Control, str]]:
    fake = Control()
    app = web.Application()
    app.router.add_post("/v1/calls", fake.post)
    app.router.add_get("/v1/calls/{id}", fake.get)
    async with TestServer(app) as server:
        yield fake, str(server.make_url("")).rstrip("/")


def _leg(info: StackInfo, url: str) -> OrderedLeg:
    order = Order(THEIRS, "clinic", data={"name": "Alice"})
    return OrderedLeg(replace(info, control_url=url), order, Human(rings_s=0.0))


async def test_it_orders_its_call_and_waits_at_its_number(stack: Stack, control: tuple[Control, str]) -> None:
    fake, url = control
    leg = _leg(stack.info, url)
    await leg.connect()
    assert (leg.order_id, fake.ordered) == (
        "c1",
        [{"to": THEIRS, "line": "clinic", "purpose": "", "data": {"name": "Alice"}}],
    )
    with pytest.raises(NotAnsweredError, match="Nobody rang"):
        await leg.answered(0.8)
    await leg.hangup()


async def test_an_order_that_fails_rings_nobody(stack: Stack, control: tuple[Control, str]) -> None:
    """It says why, rather than wait for a ring that cannot come."""
    fake, url = control
    fake.look = {"id": "c1", "state": "failed", "reason": "no_agent"}
    leg = _leg(stack.info, url)
    await leg.connect()
    with pytest.raises(NotAnsweredError, match="failed: no_agent"):
        await leg.answered(SOON_S)
    await leg.hangup()


async def test_a_refused_order_says_why(stack: Stack, control: tuple[Control, str]) -> None:
    fake, url = control
    fake.place = (403, {"error": "It is night there.", "code": "refused", "reason": "hours"})
    leg = _leg(stack.info, url)
    with pytest.raises(CallerError, match=r"403 hours.*It is night there"):
        await leg.connect()
    await leg.hangup()
