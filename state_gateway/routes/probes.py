"""For whoever runs the gateway: GET /live (the process answers), /ready (Redis does), /metrics. They need no key, and
so belong inside: the load balancer's way in has the other routes only."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ops.loop_lag import LoopLag
from ops.readiness import Readiness
from state_gateway.metrics import Metrics
from state_gateway.redis_health import RedisHealth


def routes(readiness: Readiness, metrics: Metrics, lag: LoopLag, health: RedisHealth, probe_s: float) -> list[Route]:
    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_request: Request) -> Response:
        """200 while reads can be answered; `degraded`: by the replica only, and writes are answered 503."""
        report = await readiness.check(probe_s)
        primary, replica = report.components["redis"], report.components.get("redis_replica", False)
        status = "ok" if primary else ("degraded" if replica else "down")
        body = {"status": status, "ready": primary or replica, "components": report.components}
        return JSONResponse(body, 200 if primary or replica else 503)

    async def page(_request: Request) -> Response:
        metrics.loop_lag.set(lag.p95_s)
        await health.look(probe_s)
        return Response(metrics.page(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/live", live), Route("/ready", ready), Route("/metrics", page)]
