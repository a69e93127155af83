"""The outermost layer: every answer has an x-request-id, every line of its log too, and no bug answers in HTML."""

from __future__ import annotations

import re
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops import logging
from tts_server.answers import BUG
from tts_server.metrics import Metrics

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_log = logging.get("tts_server.http")


class RequestId:
    """Keeps the caller's X-Request-Id where it is sane, else makes one; puts it into scope["state"]["request_id"]."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope).get("x-request-id", "")
        request_id = asked if _SANE.fullmatch(asked) else f"req_{uuid.uuid4().hex}"
        scope.setdefault("state", {})["request_id"] = request_id
        logging.bind(request_id=request_id)
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - whatever a bug raises: the caller gets an answer, the log the cause
            _log.error("request failed", error=error, exc_info=error)
            if status == 0:
                await BUG.response()(scope, receive, answer)
        finally:
            route = getattr(scope.get("route"), "path", "none")  # the template, never what a caller typed
            self._metrics.requests.labels(route, str(status or "none")).inc()
