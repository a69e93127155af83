"""For whoever runs control: GET /live (the process works), /ready (store and media server answer), /metrics."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from control.metrics import Metrics
from ops.readiness import Readiness

_PROBE_S = 2.0


def routes(
    readiness: Readiness, metrics: Metrics, working: Callable[[], bool], leads: Callable[[], bool]
) -> list[Route]:
    """A replica that waits is as ready as the one that leads: it answers webhooks, and may lead at any moment."""

    async def live(_request: Request) -> Response:
        alive = working()
        return JSONResponse({"status": "ok" if alive else "broken"}, 200 if alive else 500)

    async def ready(_request: Request) -> Response:
        report = await readiness.check(_PROBE_S)
        body = {"ready": report.ready, "components": report.components, "leads": leads()}
        return JSONResponse(body, 200 if report.ready else 503)

    async def page(_request: Request) -> Response:
        return Response(metrics.page(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/live", live), Route("/ready", ready), Route("/metrics", page)]
