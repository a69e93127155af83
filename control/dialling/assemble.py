"""Puts together what orders and dials calls, out of what build.py picked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from calls.outbound import OutboundCalls
from calls.permits import Ledgers
from calls.ports import CallStore, Rooms
from config.model import CallCenter
from control.dialling.dialler import Dialler
from control.dialling.dialling import Dialling
from control.dialling.following import Following
from control.dialling.hooks import places
from control.dialling.ledger import Ledger
from control.dialling.notifier import Notifier, Post
from control.dialling.orders import Desk, Orders
from control.dialling.phone import Phone
from control.metrics import Metrics
from control.settings import Outbound
from ops.clock import Clock
from sip.outbound.guard import Guard
from sip.outbound.talks import Talks


@dataclass(frozen=True, slots=True)
class Means:
    """What calls are made with. `records` are those of all calls: whoever is on one is not rung."""

    records: CallStore
    permits: Ledgers
    calls: OutboundCalls
    phone: Phone
    post: Post


@dataclass(frozen=True, slots=True)
class Calling:
    orders: Orders
    dialler: Dialler
    notifier: Notifier

    async def lead(self) -> None:
        """The leader's duty, until cancelled. What was not told yet comes first: more will happen to these calls."""
        await self.notifier.take_up()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.notifier.sweep(), name="sweep")
            group.create_task(self.dialler.run(), name="dialler")


def assemble(
    settings: Outbound,
    call_center: CallCenter,
    means: Means,
    rooms: Rooms,
    clock: Clock,
    metrics: Metrics,
    *,
    worker: str,
) -> Calling:
    secret = settings.webhook_secret.get_secret_value()
    guard = Guard(call_center, means.permits, means.calls, Talks(means.records, call_center.lines), clock)
    notifier = Notifier(secret, places(settings.webhook_hosts), means.calls, means.post, clock, metrics)
    ledger = Ledger(means.calls, guard, notifier, clock, metrics)
    dialling = Dialling(call_center, means.calls, guard, ledger, (rooms, means.phone), clock, worker=worker)
    dialler = Dialler(means.calls, dialling, Following(call_center, ledger, rooms, clock), clock, metrics)
    desk = Desk(call_center, means.calls, guard, ledger, notifier, rooms, clock, metrics, dialler.poke)
    return Calling(Orders(desk), dialler, notifier)
