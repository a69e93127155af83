"""Tells whoever ordered a call what becomes of it: a signed POST for each change, in order, tried again for a while.

A change may be told twice (by the same event id), and not at all where control ends before it was: GET /v1/calls/{id}
is the truth.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import deque
from collections.abc import Collection
from typing import Protocol

import aiohttp

from calls.outbound import OutboundCall
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
_MOST = 1000  # calls with something to tell


class Post(Protocol):
    async def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The status. Raises OSError or aiohttp.ClientError."""
        ...

    async def aclose(self) -> None: ...


class Notifier:
    def __init__(self, secret: str, places: Collection[Place], post: Post, clock: Clock, metrics: Metrics) -> None:
        self._secret, self._places, self._post = secret.encode(), frozenset(places), post
        self._clock, self._metrics = clock, metrics
        self._waiting: dict[str, deque[OutboundCall]] = {}
        self._tasks = TaskSet("notifier")

    def allows(self, url: str) -> bool:
        return bool(self._secret) and place_of(url) in self._places

    def tell(self, call: OutboundCall) -> None:
        """Of a change. Never waits, and never raises."""
        if not call.webhook or not self.allows(call.webhook):
            return
        if call.call_id in self._waiting:
            self._waiting[call.call_id].append(call)
        elif len(self._waiting) < _MOST:
            self._waiting[call.call_id] = deque([call])
            self._tasks.spawn(self._tell_all(call.call_id), name="tell")
        else:
            self._lost(call)

    async def aclose(self) -> None:
        await self._tasks.aclose()

    async def _tell_all(self, call_id: str) -> None:
        waiting = self._waiting[call_id]
        try:
            while waiting:
                if not await self._told(waiting[0]):
                    self._lost(waiting[0])
                waiting.popleft()
        finally:
            del self._waiting[call_id]

    async def _told(self, call: OutboundCall) -> bool:
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
