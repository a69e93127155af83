"""No connection leaves for anywhere but the configured addresses, in `dev` either, where livekit's defaults are cloud
models: the kernel is asked, by strace, for every address that any process of the worker sends to.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import shutil
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from local.stack import Stack
from tests.support.calls import ring
from tests.support.workers import MAIN, gone, worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

_CALLS = "connect,sendto,sendmsg,sendmmsg,write,writev,sendfile"
_GIVEN = re.compile(
    r'sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]+)"\)'
    r'|sin6_port=htons\((\d+)\).*?inet_pton\(AF_INET6, "([^"]+)"'
)
_ROUTE_ASKED = re.compile(r"\bconnect\(\d+<UDP")
_CONNECTED = re.compile(r"<(?:TCP|UDP)(?:v6)?:\[.*?->\[?([0-9a-fA-F.:]+?)\]?:(\d+)\]>")  # as strace -yy shows a socket


@pytest.mark.skipif(sys.platform != "linux", reason="strace watches system calls on Linux only")
async def test_a_whole_call_in_dev_talks_to_configured_addresses_only(stack: Stack, tmp_path: Path) -> None:
    """Start, a call with a turn, the end: nothing but loopback, and no question to any name server."""
    strace = shutil.which("strace")
    assert strace, "this test asks the kernel through strace: apt-get install strace"
    trace = tmp_path / "trace"
    watched = (strace, "-f", "-qq", "--seccomp-bpf", "-yy", "-s", "0", "-e", f"trace={_CALLS}", "-e", "signal=none")
    command = (*watched, "-o", str(trace), sys.executable, str(MAIN), "dev")
    async with worker(stack, tmp_path, name="homely", command=command) as homely:
        async with ring(stack, info=homely.info) as call:
            await call.greeting()
            await call.ask("I want to leave a message.")
        (program,) = psutil.Process(homely.process.pid).children()
        family = [program, *program.children(recursive=True)]
        program.terminate()
        assert await gone(family, 30.0)
    sent = await asyncio.to_thread(_addresses, trace)
    configured = [stack.info.riva_uri, stack.info.llm_base_url, stack.info.tts_base_url, stack.info.livekit_url]
    ports = {int(re.findall(r":(\d+)", address)[-1]) for address in configured}
    assert ports <= {port for _, port in sent}, "the trace does not show what certainly took place"
    strangers = sorted(f"{host}:{port}" for host, port in sent if not _stays(host) or port == 53)
    assert not strangers, f"the worker sent to {', '.join(strangers)}"


async def test_a_stranger_in_the_trace_would_be_seen(tmp_path: Path) -> None:
    """Lines as strace 6.1 writes them: a connection, a datagram, a send on a connected socket, and a mere question."""
    trace = tmp_path / "trace"
    trace.write_text(
        '7 connect(9<TCP:[3]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")}, 16) = 0\n'
        '7 sendto(9<UDP:[0.0.0.0:5]>, ""..., 9, 0, {sa_family=AF_INET6, sin6_port=htons(53), sin6_flowinfo=htonl(0), '
        'inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = 9\n'
        '7 write(9<UDP:[127.0.0.1:5->192.0.2.2:53]>, ""..., 1) = 1\n'
        '7 sendto(9<UDPv6:[[::1]:5->[2001:db8::2]:54]>, ""..., 1, 0, NULL, 0 <unfinished ...>\n'
        '7 connect(9<UDP:[3]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("192.0.2.9")}, 16) = 0\n'
    )
    assert _addresses(trace) == {("192.0.2.1", 443), ("2001:db8::1", 53), ("192.0.2.2", 53), ("2001:db8::2", 54)}


def _addresses(trace: Path) -> set[tuple[str, int]]:
    """(address, port) of every internet address that was connected to or sent to.

    To connect a UDP socket sends nothing: libwebrtc asks the kernel so (8.8.8.8) which of its addresses it would use.
    Had it then sent anything there, that line would show the connected socket.
    """
    found: set[tuple[str, int]] = set()
    for line in trace.read_text(errors="replace").splitlines():
        if _ROUTE_ASKED.search(line):
            continue
        for port, host, port6, host6 in _GIVEN.findall(line):
            found.add((host or host6, int(port or port6)))
        found.update((host, int(port)) for host, port in _CONNECTED.findall(line))
    return found


def _stays(host: str) -> bool:
    ip = ipaddress.ip_address(host)
    return bool((getattr(ip, "ipv4_mapped", None) or ip).is_loopback)
