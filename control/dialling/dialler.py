"""The leader's duty: dials what is due, and follows what was dialled to its end."""

from __future__ import annotations

import asyncio

from calls.outbound import DialState, OutboundCall, OutboundCalls
from calls.ports import StoreDown
from control.dialling.dialling import Dialling
from control.dialling.following import Following
from control.metrics import Metrics
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet
from sip.outbound.reasons import NotYet

_log = logging.get("control.dialler")

LOOK_S = 0.5
FOLLOW_S = 2.0
APART_S = 0.05
NEWS_S = 1.0  # for so long after a poke each is looked at more often: others' hang-ups poke us too
AT_ONCE = 20
FULL_S = 10.0
_ASK_S = 2.0


class Dialler:
    def __init__(
        self, calls: OutboundCalls, dialling: Dialling, following: Following, clock: Clock, metrics: Metrics
    ) -> None:
        self._calls, self._dialling, self._following = calls, dialling, following
        self._clock, self._metrics = clock, metrics
        self._busy: set[str] = set()
        self._looked: dict[str, float] = {}  # call -> monotonic time of its last look
        self._full: dict[str, float] = {}  # line that may make no more calls now -> monotonic time to ask again
        self._news = asyncio.Event()
        self._news_until = 0.0

    def poke(self) -> None:
        """Something was ordered, or somebody left: look now rather than at the next turn."""
        self._news_until = self._clock.monotonic() + NEWS_S
        self._news.set()

    async def run(self) -> None:
        """Until cancelled; what it began ends with it, and is found half-way by whoever leads next."""
        tasks = TaskSet("dialler")
        try:
            while True:
                self._news.clear()
                for call in await self._due():
                    self._consider(call, tasks)
                await self._clock.sleep(APART_S)
                try:
                    async with deadline(LOOK_S, "news"):
                        await self._news.wait()
                except DeadlineExceeded:
                    continue
        finally:
            await tasks.aclose()
            self._busy.clear()

    def _consider(self, call: OutboundCall, tasks: TaskSet) -> None:
        now = self._clock.monotonic()
        pause_s = LOOK_S if now < self._news_until else FOLLOW_S
        if call.call_id in self._busy or now - self._looked.get(call.call_id, -FOLLOW_S) < pause_s:
            return
        if call.state is DialState.QUEUED and (len(self._busy) >= AT_ONCE or now < self._full.get(call.line, now)):
            return
        self._busy.add(call.call_id)
        tasks.spawn(self._work(call), name="call")

    async def _work(self, call: OutboundCall) -> None:
        try:
            if call.state is DialState.QUEUED:
                await self._dialling.run(call)
            else:
                await self._following.look(call)
        except NotYet:
            _log.info("line waits, it has made its calls of this hour", line=call.line)
            self._full[call.line] = self._clock.monotonic() + FULL_S
        except (StoreDown, DeadlineExceeded) as error:
            _log.warning("outbound call put off", call_id=call.call_id, error_type=type(error).__name__)
        finally:
            self._busy.discard(call.call_id)
            self._looked[call.call_id] = self._clock.monotonic()

    async def _due(self) -> list[OutboundCall]:
        try:
            async with deadline(_ASK_S, "outbound calls"):
                due = list(await self._calls.unfinished(self._clock.now()))
        except (StoreDown, DeadlineExceeded) as error:
            _log.warning("look put off", component="dialler", error_type=type(error).__name__)
            return []
        self._metrics.outbound_open.set(len(due))
        known = {call.call_id for call in due}
        self._looked = {call_id: at for call_id, at in self._looked.items() if call_id in known}
        return due
