"""Card numbers on the wire: over TLS that is checked, to the one address that was configured, and into no error."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from agent.cards.number import CardNumber
from agent.cards.safe import HttpsSafe, SafeDown

CARD = CardNumber("4111111111111111")


@dataclass
class Server:
    url: str
    trust: ssl.SSLContext
    status: int = 201
    bodies: list[dict[str, str]] = field(default_factory=list)
    authorized: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        self.authorized.append(request.headers.get("Authorization", ""))
        return web.Response(status=self.status, headers={"Location": self.url.replace("cards", "elsewhere")})


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    named = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2")
    files = ("-out", str(certificate), "-keyout", str(key))
    await asyncio.to_thread(subprocess.run, [*command, *named, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = Server("", ssl.create_default_context(cafile=str(certificate)))
    app = web.Application()
    app.router.add_post("/{path}", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "localhost", 0, ssl_context=context).start()
    server.url = f"https://localhost:{runner.addresses[0][1]}/cards"
    yield server
    await runner.cleanup()


async def test_a_number_is_sent_with_the_secret(server: Server) -> None:
    safe = HttpsSafe(server.url, "secret", server.trust)
    assert await safe.keep("call-1", CARD)
    assert server.bodies == [{"call_id": "call-1", "card_number": CARD.digits}]
    assert server.authorized == ["Bearer secret"]


@pytest.mark.parametrize(
    ("status", "result"), [(200, True), (422, False), (402, False), (500, None), (401, None), (429, None), (307, None)]
)
async def test_no_is_an_answer_and_trouble_is_none(server: Server, status: int, result: bool | None) -> None:
    """A redirect is followed nowhere: the number would go along."""
    server.status = status
    safe = HttpsSafe(server.url, "secret", server.trust)
    if result is None:
        with pytest.raises(SafeDown) as caught:
            await safe.keep("call-1", CARD)
        assert CARD.digits not in "".join(traceback.format_exception(caught.value))
    else:
        assert await safe.keep("call-1", CARD) is result
    assert len(server.bodies) == 1


async def test_a_server_that_nobody_vouches_for_gets_nothing(server: Server) -> None:
    with pytest.raises(SafeDown):
        await HttpsSafe(server.url, "secret").keep("call-1", CARD)
    assert server.bodies == []


async def test_nothing_goes_without_tls() -> None:
    with pytest.raises(ValueError, match="https only"):
        HttpsSafe("http://safe.example.com", "secret")
