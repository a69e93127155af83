"""Control's calling side with everything outside faked: stores, telephones, the place that is told. On virtual time."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from calls.outbound import DialState, OutboundCall
from config.model import CallCenter
from control.dialling.assemble import Calling, Means, assemble
from control.dialling.shapes import Order
from control.metrics import Metrics
from control.settings import Outbound
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.fakes.outbound_calls import FakeOutboundCalls
from tests.fakes.permits import FakePermits
from tests.fakes.phone import FakePhone
from tests.fakes.store import FakeStore
from tests.support.outbound import CALLEE, NOON, REMINDERS, call_center

SIGNED_WITH = "these-words-sign-what-is-posted"
HOOK = "https://crm.example.com/calls"


class FakePost:
    """`posted` has URL, body and headers; answers the statuses of `answers` first, then 200."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, bytes, dict[str, str]]] = []
        self.answers: list[int] = []

    async def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        self.posted.append((url, body, headers))
        status = self.answers.pop(0) if self.answers else 200
        if not status:
            raise OSError("the script says so")
        return status

    async def aclose(self) -> None: ...


class World:
    def __init__(self, center: CallCenter | None = None) -> None:
        self.clock = FakeClock(NOON)
        self.permits, self.calls = FakePermits(self.clock), FakeOutboundCalls(self.clock)
        self.records = FakeStore(self.clock)
        self.phone, self.post = FakePhone(self.clock), FakePost()
        self.center = center or call_center(replace(REMINDERS, calls_per_hour=100, calls_per_number_per_day=10))
        self.metrics = Metrics()

    def replica(self) -> Calling:
        """One more control on the same stores."""
        means = Means(self.records, self.permits, self.calls, self.phone, self.post)
        key = SecretStr("a-key-of-twenty-letters")
        settings = Outbound.model_construct(
            api_key=key, webhook_secret=SecretStr(SIGNED_WITH), webhook_hosts="crm.example.com"
        )
        return assemble(settings, self.center, means, self.phone, self.clock, self.metrics, worker="receptionist")

    @asynccontextmanager
    async def leading(self) -> AsyncIterator[Calling]:
        """A replica that dials, until it is killed at the end of the block: nothing of it is tidied up."""
        calling, tasks = self.replica(), TaskSet("replica")
        tasks.spawn(calling.lead(), name="calling")
        try:
            yield calling
        finally:
            await tasks.aclose()
            await calling.notifier.aclose()

    async def becomes(self, call_id: str, state: DialState, within_s: float = 120.0) -> OutboundCall:
        until = self.clock.monotonic() + within_s
        while True:
            call = await self.calls.get(call_id)
            assert call is not None
            if call.state is state:
                return call
            assert self.clock.monotonic() < until, f"it is {call.state} ({call.reason}), not {state}"
            assert not call.state.final, f"it is {call.state} ({call.reason}) for good, not {state}"
            await self.clock.sleep(0.05)


def wanted(to: str = CALLEE, **more: Any) -> Order:
    """As a client asks for it, in JSON."""
    return Order.model_validate_json(json.dumps({"to": to, "line": "clinic", **more}))


def at(seconds: float) -> str:
    """So long after noon, as JSON has it."""
    return datetime.fromtimestamp(NOON + seconds, UTC).isoformat()
