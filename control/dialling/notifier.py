"""Tells whoever ordered a call what becomes of it: a signed POST for each change, in order, tried again for a while.

What is to be told is in the store from the moment of the change, and stays there until it was told or given up: where
control ends before that, whoever leads next tells it. So a change may be told twice (by the same event id), and is
never told where nobody took it for a day: GET /v1/calls/{id} is the truth.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import deque
from collections.abc import Collection
from typing import Protocol

import aiohttp

from calls.outbound import OutboundCall, OutboundCalls
from calls.ports import StoreDown
from control.dialling.hooks import Place, place_of
from control.dialling.shapes import shown
from control.metrics import Metrics
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

_log = logging.get("control.notifier")

SIGNATURE = "Switchboard-Signature"
EVENT_ID = "Switchboard-Event-Id"
PAUSES_S = (1.0, 5.0, 30.0, 120.0, 600.0)
_POST_S = 5.0
_MOST = 1000  # calls with something to tell; what is more waits in the store
_KEEP_S = 2.0
_SWEEP_S = 60.0
_LEFT_S = 1800.0  # nobody alive is still at it: all pauses of two changes
_LATEST_S = 24 * 3600.0


class Post(Protocol):
    async def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The status. Raises OSError or aiohttp.ClientError."""
        ...

    async def aclose(self) -> None: ...


class Notifier:
    def __init__(
        self,
        secret: str,
        places: Collection[Place],
        calls: OutboundCalls,
        post: Post,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._secret, self._places, self._post = secret.encode(), frozenset(places), post
        self._calls, self._clock, self._metrics = calls, clock, metrics
        self._waiting: dict[str, deque[OutboundCall]] = {}
        self._tasks = TaskSet("notifier")

    def allows(self, url: str) -> bool:
        return bool(self._secret) and place_of(url) in self._places

    def tell(self, call: OutboundCall) -> None:
        """Of a change that is in the store. Never waits, and never raises."""
        if not call.webhook:
            return
        if call.call_id in self._waiting:
            self._waiting[call.call_id].append(call)
        elif len(self._waiting) < _MOST:
            self._waiting[call.call_id] = deque([call])
            self._tasks.spawn(self._tell_all(call.call_id), name="tell")

    async def take_up(self, older_than_s: float = 0.0) -> bool:
        """Tell what others left untold, each call's changes in their order. False: the store could not be asked."""
        try:
            async with deadline(_KEEP_S, "untold changes"):
                untold = await self._calls.untold()
        except (StoreDown, DeadlineExceeded) as error:
            _log.warning("look put off", component="notifier", error_type=type(error).__name__)
            return False
        until = self._clock.now() - older_than_s
        ours = set(self._waiting)
        for call in untold:
            if call.call_id not in ours and _since(call) <= until:
                self.tell(call)
        return True

    async def sweep(self) -> None:
        """The leader's, until it leads no more: `take_up` of what any replica that has ended left."""
        begun = False
        while True:
            begun = await self.take_up(_LEFT_S if begun else 0.0) or begun
            await self._clock.sleep(_SWEEP_S if begun else _POST_S)

    async def aclose(self) -> None:
        await self._tasks.aclose()

    async def _tell_all(self, call_id: str) -> None:
        waiting = self._waiting[call_id]
        try:
            while waiting:
                if self.allows(waiting[0].webhook) and not await self._told(waiting[0]):
                    self._lost(waiting[0])
                await self._settled(waiting[0])
                waiting.popleft()
        finally:
            del self._waiting[call_id]

    async def _settled(self, call: OutboundCall) -> None:
        try:
            async with deadline(_KEEP_S, "a change that was told"):
                await self._calls.told(call)
        except (StoreDown, DeadlineExceeded) as error:
            _log.warning("a change will be told again", call_id=call.call_id, error_type=type(error).__name__)

    async def _told(self, call: OutboundCall) -> bool:
        if _since(call) < self._clock.now() - _LATEST_S:
            return False
        for pause_s in (*PAUSES_S, None):
            try:
                async with deadline(_POST_S, "webhook"):
                    status = await self._post(call.webhook, *self._signed(call))
            except (aiohttp.ClientError, OSError, DeadlineExceeded):
                status = 0
            if 200 <= status < 300:
                self._metrics.outbound_webhooks.labels("told").inc()
                return True
            if pause_s is None:
                break
            self._metrics.outbound_webhooks.labels("again").inc()
            await self._clock.sleep(pause_s)
        return False

    def _signed(self, call: OutboundCall) -> tuple[bytes, dict[str, str]]:
        body = json.dumps({"event": f"call.{call.state.value}", "call": shown(call)}).encode()
        at = str(int(self._clock.now()))
        digest = hmac.new(self._secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            EVENT_ID: f"{call.call_id}-{call.version}",
            SIGNATURE: f"t={at},v1={digest}",
        }
        return body, headers

    def _lost(self, call: OutboundCall) -> None:
        self._metrics.outbound_webhooks.labels("lost").inc()
        _log.warning("a change could not be told", call_id=call.call_id, state=call.state.value)


def _since(call: OutboundCall) -> float:
    return max(call.changed_at, call.asked_at)


class Poster:
    """Over HTTP: no redirect is followed, and nothing of the answer but its status is read."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        if self._session is None:
            # A connection for each: they are few, and one that was kept may be closed by the time of the next.
            connector = aiohttp.TCPConnector(force_close=True)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            return answer.status

    async def aclose(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()
