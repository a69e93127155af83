"""The gateway's door without a gateway: requests as an application meets them, clients, and a Redis of four lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request

from state_gateway.lane import NotSent
from state_gateway.security import keys
from state_gateway.security.clients import ApiKey, Client, Clients
from state_gateway.security.commands import DEFAULT


def a_client(name: str = "worker", **more: Any) -> Client:
    return Client(name, **{"prefixes": (b"calls:",), "commands": DEFAULT} | more)


def a_key(client: Client, **more: Any) -> tuple[str, ApiKey]:
    """The key's text, and what the gateway keeps of it."""
    new = keys.new()
    return new.text, ApiKey(new.id, client, new.digest, **more)


def clients_of(*kept: ApiKey) -> Clients:
    return Clients({key.id: key for key in kept})


def a_request(
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    path: str = "/",
    query: str = "",
    peer: str | None = "203.0.113.9",
    ended: Callable[[], None] | None = None,
) -> Request:
    """A POST. `ended`: called when the body has been asked for."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()],
        "client": (peer, 4711) if peer else None,
        "state": {"request_id": "req_1"},
        "gateway.route": path,
    }

    async def receive() -> dict[str, Any]:
        if ended is not None:
            ended()
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)


class TinyRedis:
    """SET NX only. `away`: it cannot be reached."""

    def __init__(self) -> None:
        self.keys: dict[bytes, tuple[bytes, ...]] = {}
        self.away = False

    async def run(self, commands: list[tuple[bytes, ...]], *, text: bool) -> list[Any]:
        if self.away:
            raise NotSent
        return [self._set(command) for command in commands]

    def _set(self, command: tuple[bytes, ...]) -> bytes | None:
        assert command[0] == b"SET" and b"NX" in command
        if command[1] in self.keys:
            return None
        self.keys[command[1]] = command
        return b"OK"
