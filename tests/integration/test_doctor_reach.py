"""Whether a SIP server answers at our own addresses: over each transport, and how each silence is told."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from config.telephony import Carrier, Provider, Transport
from local.ports import Ports
from sip.doctor.checks import reach
from sip.doctor.seen import Seen
from sip.doctor.sources import places
from tests.support.a_twilio import a_carrier
from tests.support.call_center import call_center

OK = b"SIP/2.0 200 OK\r\n\r\n"


async def told(carrier: Carrier, *, ask: bool = True, resolve: places.Resolve = places.resolved) -> str:
    """What the check says of the carrier's only address, "" for nothing."""
    center = call_center([], [carrier])
    found = await places.places(center, ask=ask, resolve=resolve)
    return "".join(finding.found for finding in reach.check(Seen(center, "receptionist", places=found)))


def ours(port: int, transport: Transport = Transport.UDP) -> Carrier:
    return Carrier("desk", Provider.SIP, sip_addresses=(f"127.0.0.1:{port}",), transport=transport)


class _Udp(asyncio.DatagramProtocol):
    """Loses the first request, as a network may."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append(data)
        if len(self.heard) > 1:
            self._transport.sendto(OK, addr)


async def test_an_answer_over_udp_even_to_the_second_request() -> None:
    server = _Udp()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: server, local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    try:
        assert await told(ours(port)) == ""
    finally:
        transport.close()
    lines = server.heard[0].decode().split("\r\n")
    assert lines[0] == f"OPTIONS sip:127.0.0.1:{port};transport=udp SIP/2.0" and lines[-2:] == ["", ""]
    names = {line.partition(":")[0] for line in lines[1:] if line}
    assert {"Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq"} <= names, "RFC 3261, 8.1.1: each is mandatory"


@asynccontextmanager
async def _tcp(answer: bytes, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(2000):
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_an_answer_over_tcp_is_one_of_sip() -> None:
    async with _tcp(OK) as port:
        assert await told(ours(port, Transport.TCP)) == ""
    async with _tcp(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert "is no SIP server" in await told(ours(port, Transport.TCP))


async def test_nobody_there_is_told() -> None:
    nobody = Ports.free()
    for port, transport in ((nobody.tts, Transport.TCP), (nobody.livekit_udp, Transport.UDP)):
        assert "nobody listens" in await told(ours(port, transport))
    assert "99999 is no port" in await told(ours(99999, Transport.TCP))


async def test_a_certificate_that_twilio_would_not_take_is_told(tmp_path: Path) -> None:
    """Self-signed: Twilio ends the handshake, and the INVITE never comes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path))
    async with _tcp(OK, context) as port:
        assert "its certificate is not valid for 127.0.0.1" in await told(ours(port, Transport.TLS))


def _self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sip")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    written = folder / "sip.pem"
    written.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return written


@pytest.mark.parametrize(
    ("addresses", "words"),
    [((), "stands for no address"), (("10.128.0.7",), "is 10.128.0.7: no public address"), (("93.184.216.34",), "")],
)
async def test_what_twilio_is_told_must_be_public(addresses: Sequence[str], words: str) -> None:
    """Nothing is sent for it: it is seen by the address."""

    async def resolve(_: str) -> Sequence[str]:
        return addresses

    found = await told(a_carrier(sip_addresses=("sip-0.example.com",)), ask=False, resolve=resolve)
    assert words in found and bool(words) == bool(found)


async def test_an_address_and_what_is_no_name_need_no_name_server() -> None:
    assert await places.resolved("127.0.0.1") == ("127.0.0.1",)
    assert await places.resolved("sip..example") == ()
