"""The wire to one of Twilio's hosts: form-encoded requests, JSON answers, one kept-alive session."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from ops.deadline import deadline
from sip.settings import Credentials

_CLOSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is the JSON object, empty where there was none. `retry_after_s`: what Twilio asked for, 0 for nothing."""

    status: int
    body: Mapping[str, Any]
    retry_after_s: float = 0.0


class Unreachable(Exception):
    """No whole answer came. `sent` False: the request has certainly not been carried out."""

    def __init__(self, what: str, *, sent: bool) -> None:
        super().__init__(what)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Request:
    """`path` begins with "/" and may have a query. The form's values may be secret."""

    method: str
    path: str
    form: Mapping[str, str] = field(default_factory=dict, repr=False)


class Wire(Protocol):
    async def send(self, request: Request, timeout_s: float) -> Answer:
        """Raises Unreachable."""
        ...

    async def aclose(self) -> None: ...


class HttpWire:
    """HTTP Basic with `login`. TLS certificates are verified; redirects and proxies are not followed."""

    def __init__(self, base: str, login: Credentials, connections: int) -> None:
        self._base, self._connections = base.rstrip("/"), connections
        user = base64.b64encode(f"{login.name}:{login.secret}".encode()).decode()
        self._headers = {"Authorization": f"Basic {user}", "Accept": "application/json"}
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request, timeout_s: float) -> Answer:
        url = self._base + request.path
        form = dict(request.form) or None
        try:
            async with (
                deadline(timeout_s, "twilio"),
                self._opened().request(request.method, url, data=form, allow_redirects=False) as response,
            ):
                return Answer(response.status, _object(await response.read()), _seconds(response.headers))
        except (aiohttp.ClientConnectorError, aiohttp.ClientConnectorDNSError) as error:
            raise Unreachable(type(error).__name__, sent=False) from None
        # An aiohttp error holds the request with its headers: nothing of it goes on. OSError: DeadlineExceeded too.
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(type(error).__name__, sent=True) from None

    async def aclose(self) -> None:
        if self._session is not None:
            async with deadline(_CLOSE_S, "twilio"):
                await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers,
                connector=aiohttp.TCPConnector(limit=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # the deadline of each request holds
                trust_env=False,
            )
        return self._session


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:  # a load balancer's page
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(headers: Mapping[str, str]) -> float:
    try:
        seconds = float(headers.get("Retry-After", "0"))
    except ValueError:  # a date: nothing that Twilio documents
        return 0.0
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0
