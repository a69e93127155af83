"""The wire to the gateway: one kept-alive HTTP session, made in the loop that first uses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from ops.deadline import deadline

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

_CONNECTIONS = 4
_IDLE_S = 50.0  # below the 60 s after which load balancers close an idle connection
_CLOSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by lower-case name, of those that matter here."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Unreachable(Exception):
    """No whole answer came. The text names the kind of fault only."""


class Link(Protocol):
    path: str
    query: str

    async def post(self, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Answer:
        """Raises Unreachable."""
        ...

    async def aclose(self) -> None: ...


class HttpLink:
    """POSTs to `base`/pipeline. TLS certificates are verified; redirects and proxies are not followed.

    Raises ValueError for a base that is no http:// or https:// URL, or that holds a password.
    """

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise ValueError("the gateway's URL is http://host[:port][/path] or https://...; keys go elsewhere")
        self.path, self.query = parts.path.rstrip("/") + "/pipeline", ""
        self._url: str | URL = f"{parts.scheme}://{parts.netloc}{self.path}"
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Answer:
        import aiohttp

        try:
            async with (
                deadline(timeout_s, "gateway"),
                self._opened().post(self._url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                kept = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, await response.read(), kept)
        except (aiohttp.ClientError, OSError) as error:  # OSError: DeadlineExceeded too
            raise Unreachable(type(error).__name__) from None

    async def aclose(self) -> None:
        if self._session is not None:
            async with deadline(_CLOSE_S, "gateway"):
                await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            import aiohttp
            from yarl import URL

            self._url = URL(str(self._url), encoded=True)  # what is signed is what is sent
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_IDLE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # the deadline of each request holds
                trust_env=False,
            )
        return self._session
