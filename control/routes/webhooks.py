"""POST /webhooks/livekit: answered at once, worked on by the janitor and the prover."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from calls.ports import Egress
from control.errors import BadWebhook
from control.metrics import Metrics
from control.routes import bodies
from control.routes.bodies import BodyRefused
from control.webhooks import Webhooks, matters, recording_of
from ops import logging

_log = logging.get("control.webhooks")

LARGEST = 64 * 1024


def _nobody(_: Egress) -> None: ...


def routes(
    webhooks: Webhooks, metrics: Metrics, ended: Callable[[], None], recorded: Callable[[Egress], None] = _nobody
) -> list[Route]:
    """`ended` is called where a room or a participant's stay has ended, `recorded` where something is told of a
    recording. Neither may wait."""

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
        if news and (egress := recording_of(event)) is not None:
            recorded(egress)
        return JSONResponse({})

    return [Route("/webhooks/livekit", livekit, methods=["POST"])]
