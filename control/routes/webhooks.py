"""POST /webhooks/livekit: answered at once, worked on by the janitor."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from control.errors import BadWebhook
from control.metrics import Metrics
from control.webhooks import Webhooks, matters
from ops import logging
from ops.deadline import DeadlineExceeded, deadline

_log = logging.get("control.webhooks")

LARGEST = 64 * 1024
_BODY_S = 5.0


def routes(webhooks: Webhooks, metrics: Metrics, ended: Callable[[], None]) -> list[Route]:
    """`ended` is called, and must not wait, where a room or a participant's stay has ended."""

    async def livekit(request: Request) -> Response:
        try:
            body = await _body(request)
            event = webhooks.read(body, request.headers.get("authorization", ""))
        except BadWebhook as error:
            metrics.webhooks.labels("refused").inc()
            _log.warning("webhook refused", status=error.status, error=error)
            return JSONResponse({"error": str(error), "code": "bad_webhook"}, error.status)
        news = webhooks.is_news(event)
        metrics.webhooks.labels("news" if news else "known").inc()
        if news and matters(event):
            ended()
        return JSONResponse({})

    return [Route("/webhooks/livekit", livekit, methods=["POST"])]


async def _body(request: Request) -> bytes:
    """Raises BadWebhook: too large, too slow, gone."""
    said = request.headers.get("content-length", "0")
    if said.isascii() and said.isdigit() and int(said) > LARGEST:
        raise BadWebhook(413, f"larger than {LARGEST} bytes")
    body = bytearray()
    try:
        async with deadline(_BODY_S, "webhook's body"):
            async for piece in request.stream():
                body += piece
                if len(body) > LARGEST:
                    raise BadWebhook(413, f"larger than {LARGEST} bytes")
    except DeadlineExceeded as error:
        raise BadWebhook(408, "the request did not arrive in time") from error
    except ClientDisconnect as error:
        raise BadWebhook(400, "the sender went away") from error
    return bytes(body)
