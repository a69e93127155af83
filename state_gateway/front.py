"""The outermost layer: finds the route, times it, gives every answer an x-request-id, and turns errors into answers."""

from __future__ import annotations

import itertools
import math
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Router
from starlette.types import Lifespan, Message, Receive, Scope, Send

from ops import logging
from state_gateway.errors import Refused, answer, bad_request
from state_gateway.http_io import Handler, has_body, header, no_body
from state_gateway.metrics import Metrics
from state_gateway.security.commands import KEYS_OF

_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_LONGEST_MS = 60_000.0
_log = logging.get("state_gateway.http")


@dataclass(frozen=True, slots=True)
class Hot:
    """A route found without Starlette's router. `path` is all of the path, or with `prefix` its beginning; `template`
    is what metrics and the audit call it."""

    method: str
    path: str
    template: str
    handle: Handler
    prefix: bool = False


class Front:
    """`hot`: looked at first. Everything else goes through Starlette's router."""

    def __init__(
        self, hot: Sequence[Hot], routes: Sequence[BaseRoute], metrics: Metrics, lifespan: Lifespan[Any]
    ) -> None:
        self._exact = {each.path: each for each in hot if not each.prefix}
        self._prefixed = [each for each in hot if each.prefix]
        self._metrics = metrics
        self._router = Router(routes, default=_no_route, redirect_slashes=False, lifespan=lifespan)
        started = secrets.token_hex(6)  # once: random bytes for each request cost as much as finding its route
        self._ids = (f"{started}-{number:x}".encode() for number in itertools.count(1))
        self._latency: dict[str, Histogram] = {}
        self._requests: dict[tuple[str, int, str], Counter] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        started, status, code = perf_counter(), 0, "ok"
        self._metrics.in_flight.inc()
        asked = header(scope, b"x-request-id")
        request_id = asked if asked is not None and _SANE.fullmatch(asked) else b"req_" + next(self._ids)
        scope.setdefault("state", {})["request_id"] = request_id.decode()
        scope["app"] = self  # Starlette's routes then raise what is no match, and do not answer it in plain text

        async def answering(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id)]
            await send(message)

        try:
            await self._dispatch(scope, receive, answering)
        except ClientDisconnect:
            code = "client_gone"
        except Exception as error:  # noqa: BLE001 - whatever a bug raises: the caller gets an answer, the log the cause
            refused = _refused(error, request_id)
            code = refused.code
            if refused.status == 429:
                self._metrics.rate_limited.labels(code).inc()
            if status == 0:
                await answer(refused)(scope, receive, answering)
        finally:
            self._metrics.in_flight.dec()
            self._count(scope, status, code, perf_counter() - started)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        if b"_token" in scope["query_string"] and _has_token(scope["query_string"]):
            raise bad_request("?_token= is not offered, since addresses are logged: send Authorization: Bearer sk_...")
        hot = self._find(scope["path"])
        if hot is None:
            await self._router(scope, receive, send)
            return
        scope["gateway.route"] = hot.template
        if scope["method"] != hot.method:
            raise Refused(405, "method_not_allowed", f"this route takes {hot.method}", headers={"Allow": hot.method})
        await hot.handle(scope, receive if has_body(scope) else no_body, send)

    def _find(self, path: str) -> Hot | None:
        hot = self._exact.get(path)
        if hot is not None:
            return hot
        for each in self._prefixed:
            if path.startswith(each.path):
                return each
        return None

    def _note_client_latency(self, scope: Scope) -> None:
        given = header(scope, b"x-client-latency-ms")
        if given is None or len(given) > 16:
            return
        try:
            latency_ms = float(given)
        except ValueError:
            return
        if math.isfinite(latency_ms) and 0 <= latency_ms <= _LONGEST_MS:
            self._metrics.client_latency.observe(latency_ms / 1000)

    def _count(self, scope: Scope, status: int, code: str, seconds: float) -> None:
        """Strangers have no part in what the latencies say: their 401s are quick, and their figures may be anything."""
        route = _route_of(scope)
        if "gateway.admitted" in scope:
            self._note_client_latency(scope)
        if status != 401:
            latency = self._latency.get(route)
            if latency is None:
                latency = self._latency[route] = self._metrics.latency.labels(route)
            latency.observe(seconds)
        key = (route, status, code)
        requests = self._requests.get(key)
        if requests is None:
            requests = self._requests[key] = self._metrics.requests.labels(route, str(status or "none"), code)
        requests.inc()


def _has_token(query: bytes) -> bool:
    """As a parameter's name, and not somewhere in a value."""
    return any(part.partition(b"=")[0] == b"_token" for part in query.split(b"&"))


def _route_of(scope: Scope) -> str:
    """The template, never what a caller typed."""
    route: Any = scope.get("gateway.route")
    return route if route is not None else getattr(scope.get("route"), "path", "none")


def _refused(error: Exception, request_id: bytes) -> Refused:
    match error:
        case Refused():
            return error
        case HTTPException():
            code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
            words = {404: "no such route", 405: "this route does not take this method"}
            text = words.get(error.status_code, str(error.detail))
            return Refused(error.status_code, code, text, headers=error.headers)
    _log.error("request failed", request_id=request_id.decode(), error=error, exc_info=error)
    return Refused(500, "internal_error", "the gateway made a mistake; its log names it by this answer's x-request-id")


async def _no_route(scope: Scope, _receive: Receive, _send: Send) -> None:
    if scope["path"].removeprefix("/").partition("/")[0].upper().encode() in KEYS_OF:
        raise bad_request("commands in the path are not offered, since paths are logged: POST a JSON array to /")
    raise Refused(
        404, "not_found", "no such route: POST a JSON array to /, /pipeline or /multi-exec, or see /openapi.json"
    )
