"""A card safe's server on a real socket, with TLS and a certificate that only `trust` and `certificate` vouch for."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web


@dataclass
class SafeServer:
    """`bodies` are what was sent. It answers `status`."""

    certificate: Path
    trust: ssl.SSLContext
    url: str = ""
    status: int = 201
    bodies: list[dict[str, str]] = field(default_factory=list)
    authorized: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        self.authorized.append(request.headers.get("Authorization", ""))
        return web.Response(status=self.status, headers={"Location": self.url.replace("cards", "elsewhere")})


@asynccontextmanager
async def safe_server(folder: Path) -> AsyncIterator[SafeServer]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    named = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2")
    files = ("-out", str(certificate), "-keyout", str(key))
    await asyncio.to_thread(subprocess.run, [*command, *named, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = SafeServer(certificate, ssl.create_default_context(cafile=str(certificate)))
    app = web.Application()
    app.router.add_post("/{path}", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "localhost", 0, ssl_context=context).start()
    server.url = f"https://localhost:{runner.addresses[0][1]}/cards"
    try:
        yield server
    finally:
        await runner.cleanup()
