"""For whoever runs the server: GET /health (the process lives), /ready (every engine speaks), /metrics."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from ops.readiness import Readiness
from tts_server.metrics import Metrics


def routes(readiness: Readiness, metrics: Metrics, probe_s: float) -> APIRouter:
    router = APIRouter()

    @router.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/ready")
    async def ready() -> JSONResponse:
        report = await readiness.check(probe_s)
        body = {"ready": report.ready, "components": report.components}
        return JSONResponse(body, status_code=200 if report.ready else 503)

    @router.get("/metrics")
    async def page() -> Response:
        return Response(metrics.page(), media_type=CONTENT_TYPE_LATEST)

    return router
