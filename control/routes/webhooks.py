"""POST /webhooks/livekit: answered at once, worked on by the janitor."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from control.errors import BadWebhook
from control.metrics import Metrics
from control.routes import bodies
from control.routes.bodies import BodyRefused
from control.webhooks import Webhooks, matters
from ops import logging

_log = logging.get("control.webhooks")

LARGEST = 64 * 1024


def routes(webhooks: Webhooks, metrics: Metrics, ended: Callable[[], None]) -> list[Route]:
    """`ended` is called, and must not wait, where a room or a participant's stay has ended."""

    async def livekit(request: Request) -> Response:
        try:
            body = await bodies.read(request, LARGEST)
            event = webhooks.read(body, request.headers.get("authorization", ""))
        except (BadWebhook, BodyRefused) as error:
            metrics.webhooks.labels("refused").inc()
            _log.warning("webhook refused", status=error.status, error=error)
            return JSONResponse({"error": str(error), "code": "bad_webhook"}, error.status)
        news = webhooks.is_news(event)
        metrics.webhooks.labels("news" if news else "known").inc()
        if news and matters(event):
            ended()
        return JSONResponse({})

    return [Route("/webhooks/livekit", livekit, methods=["POST"])]
