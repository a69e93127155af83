"""The gateway's door: who asks, from where, how often, signed or not. Whoever is in may be asked for by policy.py.

In this order, so that what is cheap and certain comes first: key, address, places, rate, signature, body, nonce.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.types import Scope

from ops.clock import Clock
from ops.signatures import Signed
from ops.tasks import TaskSet
from state_gateway.budget import Budget
from state_gateway.errors import Refused
from state_gateway.http_io import header, read_body
from state_gateway.security import networks
from state_gateway.security.audit import Audit, Line
from state_gateway.security.clients import ApiKey, Client
from state_gateway.security.keyring import Keyring
from state_gateway.security.keys import key_of
from state_gateway.security.networks import Origins
from state_gateway.security.nonces import Nonces
from state_gateway.security.places import Places
from state_gateway.security.rates import Rates
from state_gateway.security.signing import Signatures, wrong


@dataclass(slots=True)
class Admitted:
    """A request that may go on. `body` is b"" where `admit` was told not to read it.

    `signed`: what the signature vouches for, None where there is none. Who reads the body itself asks `check_digest`.
    """

    client: Client
    key_id: str
    line: Line
    body: bytes = b""
    signed: Signed | None = None
    held: int = 0  # bytes of the budget

    def note(
        self,
        *,
        command: str | None = None,
        commands: int | None = None,
        keys: Sequence[bytes] | None = None,
        bytes_in: int | None = None,
        bytes_out: int | None = None,
        cache: str | None = None,
    ) -> None:
        """Facts for the audit line: `command` has the names, `commands` how many there were, `keys` become hashes.

        Nothing else of what was sent has a place there.
        """
        line = self.line
        if command is not None:
            line.command = command
        if commands is not None:
            line.commands = commands
        if keys is not None:
            line.keys = tuple(keys)
        if bytes_in is not None:
            line.bytes_in = bytes_in
        if bytes_out is not None:
            line.bytes_out = bytes_out
        if cache is not None:
            line.cache = cache

    def check_digest(self, sha256: bytes) -> None:
        """For bodies read by the route: `sha256` of all of it, 32 bytes. Raises Refused 401; call before it counts."""
        if self.signed is not None and not self.signed.vouches_for(sha256):
            raise wrong("wrong_digest")


@dataclass(frozen=True, slots=True)
class Gates:
    """What a request passes, besides its key."""

    origins: Origins
    places: Places
    rates: Rates
    signatures: Signatures
    nonces: Nonces


class Admission:
    """One for the application. `running` spans its life; `body_s`: the longest time a body may take; `budget`: for all
    bodies at once."""

    def __init__(
        self, keyring: Keyring, gates: Gates, audit: Audit, clock: Clock, body_s: float, budget: Budget
    ) -> None:
        self._keyring, self._gates, self._audit, self._clock = keyring, gates, audit, clock
        self._body_s, self._budget = body_s, budget

    def __repr__(self) -> str:
        return f"<Admission {self._keyring!r}>"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watches the clients file and writes the audit log; at the end what is left of it."""
        tasks = TaskSet("security")
        tasks.spawn(self._keyring.watch(self._clock), name="clients-file")
        tasks.spawn(self._audit.run(), name="audit")
        try:
            yield
        finally:
            await tasks.aclose()
            await self._audit.flush()
            await self._gates.rates.aclose()

    @asynccontextmanager
    async def admit(self, request: Request, *, max_bytes: int | None) -> AsyncIterator[Admitted]:
        """Lets a request in for as long as the block lasts, and writes its line in the audit log afterwards.

        `max_bytes`: the largest body; None: the route reads it, bounds it, and calls `check_digest`. Raises Refused:
        401, 403, 408, 413, 429, 503. A refusal inside the block is noted as the outcome.
        """
        started = self._clock.monotonic()
        line = Line(at=self._clock.now(), method=request.method)
        gates = self._gates
        try:
            origin = gates.origins.of(request)
            line.ip = "" if origin is None else str(origin)
            key = self._key(request, line)
            networks.check(key.client, origin)
            with gates.places.take(key.client):
                await gates.rates.take(key.client)
                admitted = Admitted(key.client, key.id, line)
                try:
                    await self._read(request, key, admitted, max_bytes)
                    request.scope["gateway.admitted"] = True
                    yield admitted
                finally:
                    self._budget.give(admitted.held)
                line.outcome = "ok"
        except Refused as refused:
            line.outcome = refused.code
            raise
        except ClientDisconnect:
            line.outcome = "client_gone"
            raise
        finally:
            line.outcome = line.outcome or "broken"
            line.route, line.request_id = _route_of(request.scope), request.scope["state"].get("request_id", "")
            line.ms = (self._clock.monotonic() - started) * 1000
            self._audit.add(line)

    def _key(self, request: Request, line: Line) -> ApiKey:
        given = header(request.scope, b"authorization")  # Starlette's headers are decoded one by one, each time
        key = key_of(self._keyring.clients, None if given is None else given.decode("latin-1"), line.at)
        line.client, line.key_id = key.client.name, key.id
        return key

    async def _read(self, request: Request, key: ApiKey, admitted: Admitted, max_bytes: int | None) -> None:
        """The signature, the body it vouches for, and the nonce last: a broken upload does not spend it."""
        admitted.signed = signed = self._gates.signatures.check(request, key)
        admitted.line.signed = signed is not None
        if max_bytes is not None:

            def hold(size: int) -> None:
                self._budget.take(size)
                admitted.held += size

            admitted.body = body = await read_body(request.receive, max_bytes, self._body_s, hold)
            admitted.line.bytes_in = len(body)
            if signed is not None:
                admitted.check_digest(hashlib.sha256(body).digest())
        if signed is not None:
            await self._gates.nonces.spend(key.id, signed.nonce)


def _route_of(scope: Scope) -> str:
    """The template, never what a caller typed."""
    route = scope.get("gateway.route")
    return str(route if route is not None else getattr(scope.get("route"), "path", ""))
