"""Where a Redis is and how to say hello to it, read from a URL: redis://, rediss:// or unix://."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

_P = TypeVar("_P", bound=asyncio.Protocol)


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """`hello`: the commands that a new connection sends first. Not shown in logs: it may hold a password."""

    host: str
    port: int
    socket: str | None = None
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    hello: tuple[tuple[bytes, ...], ...] = field(default=(), repr=False)

    @classmethod
    def parse(cls, url: str) -> RedisAddress:
        """Raises ValueError with words for the operator, without the URL: it may hold a password.

        rediss://...?ssl_ca_certs=PATH trusts that authority only (Memorystore and Upstash-like services give one).
        """
        parts = urlsplit(url)
        if parts.scheme not in ("redis", "rediss", "unix"):
            raise ValueError("say redis://, rediss:// or unix://")
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if unknown := options.keys() - {"db", "ssl_ca_certs"}:
            raise ValueError(f"unknown options of the URL: {', '.join(sorted(unknown))}")
        database = options.get("db", "" if parts.scheme == "unix" else parts.path.strip("/")) or "0"
        if not database.isdigit():
            raise ValueError("the database is a number: redis://host:port/0")
        return cls(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 6379,
            socket=unquote(parts.path) if parts.scheme == "unix" else None,
            tls=ssl.create_default_context(cafile=options.get("ssl_ca_certs")) if parts.scheme == "rediss" else None,
            hello=_hello(unquote(parts.username or ""), unquote(parts.password or ""), database),
        )

    async def connect(self, factory: Callable[[], _P]) -> _P:
        """A connection with `factory`'s protocol on it. Raises OSError. The caller sets the deadline."""
        loop = asyncio.get_running_loop()
        if self.socket is not None:
            _, protocol = await loop.create_unix_connection(factory, self.socket)
        else:
            _, protocol = await loop.create_connection(factory, self.host, self.port, ssl=self.tls)
        return protocol


def _hello(user: str, password: str, database: str) -> tuple[tuple[bytes, ...], ...]:
    hello: list[tuple[bytes, ...]] = []
    if password:
        hello.append((b"AUTH", *((user.encode(),) if user else ()), password.encode()))
    if database != "0":
        hello.append((b"SELECT", database.encode()))
    return tuple(hello)
