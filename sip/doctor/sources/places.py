"""Where carriers send our calls: what the names stand for, and whether a SIP server answers there."""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import parse_qsl

from config.model import CallCenter
from ops.deadline import DeadlineExceeded, deadline
from sip.doctor.seen import Place
from sip.twilio.wanted import wanted_of

_RESOLVE_S = 5.0
_ANSWER_S = 3.0
_AGAIN_S = 0.5  # RFC 3261's T1: a UDP packet may be lost

Resolve = Callable[[str], Awaitable[Sequence[str]]]


async def resolved(host: str) -> Sequence[str]:
    """The addresses of a name or of an address itself; none where it stands for nothing, or nobody says in time."""
    try:
        async with deadline(_RESOLVE_S, "DNS"):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # DeadlineExceeded too; two dots in a row are no name
        return ()
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


async def places(center: CallCenter, *, ask: bool, resolve: Resolve = resolved) -> tuple[Place, ...]:
    """Every carrier's. `ask`: each is sent an OPTIONS (RFC 3261, section 11), by its own transport."""
    urls = [
        (carrier.name, url) for carrier in center.carriers.values() for url in wanted_of(center, carrier, None, "").urls
    ]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_place(name, url, ask=ask, resolve=resolve), name=url) for name, url in urls]
    return tuple(task.result() for task in tasks)


async def _place(carrier: str, url: str, *, ask: bool, resolve: Resolve) -> Place:
    where, _, more = url.removeprefix("sip:").partition(";")
    host, _, port = where.partition(":")
    addresses = tuple(await resolve(host))
    trouble = ""
    if ask and addresses:
        trouble = await _asked(addresses[0], int(port), dict(parse_qsl(more)).get("transport", "udp"), host)
    return Place(carrier, url, addresses, trouble)


async def _asked(address: str, port: int, transport: str, host: str) -> str:
    """Why no SIP answer came; "" where one did, whatever it says."""
    ask = _over_udp if transport == "udp" else _over_stream
    try:
        async with deadline(_ANSWER_S, "SIP"):
            answer = await ask(address, port, transport, host)
    except DeadlineExceeded:
        return f"nothing came within {_ANSWER_S:g} s"
    except ssl.SSLCertVerificationError as error:
        return f"its certificate is not valid for {host}: {error.verify_message}"
    except ConnectionRefusedError:
        return "nobody listens on that port"
    except OSError as error:
        return error.strerror or type(error).__name__
    except OverflowError:
        return f"{port} is no port"
    return "" if answer.startswith(b"SIP/2.0 ") else "what answers there is no SIP server"


async def _over_stream(address: str, port: int, transport: str, host: str) -> bytes:
    context = ssl.create_default_context() if transport == "tls" else None
    reader, writer = await asyncio.open_connection(
        address, port, ssl=context, server_hostname=host if context else None
    )
    try:
        writer.write(_options(host, port, transport, writer.get_extra_info("sockname")))
        await writer.drain()
        return await reader.read(64)
    finally:
        writer.transport.abort()


async def _over_udp(address: str, port: int, transport: str, host: str) -> bytes:
    answers = _Answers()
    sending, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: answers, remote_addr=(address, port))
    try:
        request = _options(host, port, transport, sending.get_extra_info("sockname"))
        while True:
            sending.sendto(request)
            done, _ = await asyncio.wait([answers.first], timeout=_AGAIN_S)
            if done:
                return answers.first.result()
    finally:
        sending.close()


class _Answers(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.first: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, _: object) -> None:
        if not self.first.done():
            self.first.set_result(data)

    def error_received(self, exc: Exception) -> None:  # an ICMP "port unreachable"
        if not self.first.done():
            self.first.set_exception(exc)


def _options(host: str, port: int, transport: str, own: tuple[str, int]) -> bytes:
    here = f"[{own[0]}]:{own[1]}" if ":" in own[0] else f"{own[0]}:{own[1]}"
    branch, tag, call = (secrets.token_hex(8) for _ in range(3))
    lines = (
        f"OPTIONS sip:{host}:{port};transport={transport} SIP/2.0",
        f"Via: SIP/2.0/{transport.upper()} {here};branch=z9hG4bK{branch};rport",
        "Max-Forwards: 70",
        f"From: <sip:doctor@{here}>;tag={tag}",
        f"To: <sip:doctor@{host}>",
        f"Call-ID: {call}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:doctor@{here};transport={transport}>",
        "Accept: application/sdp",
        "Content-Length: 0",
        "",
        "",
    )
    return "\r\n".join(lines).encode()
