"""Who may speak: callers that know the key, where one is set. Probes and metrics stay open."""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tts_server.answers import UNAUTHORIZED

_OPEN = frozenset({"/health", "/ready", "/metrics"})


class ApiKey:
    """Answers 401 before anything else of the request is read."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app, self._key = app, key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _OPEN or self._knows_key(scope):
            await self._app(scope, receive, send)
        else:
            await UNAUTHORIZED.response()(scope, receive, send)

    def _knows_key(self, scope: Scope) -> bool:
        scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        # Compared as bytes, in the same time whatever the key: a header may hold more than ASCII.
        return hmac.compare_digest(given.strip().encode(), self._key) and scheme.lower() == "bearer"
