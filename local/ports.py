"""The ports of the stack: fixed ones for `make run`, free ones for tests, and who sits on a port that is taken."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

HOST = "127.0.0.1"
# Below Linux' range for outgoing connections (32768-60999, net.ipv4.ip_local_port_range): a port found free here is not
# taken a moment later by somebody's outgoing connection, as one handed out by bind(0) may be.
_FREE_FROM, _FREE_TO = 15_000, 32_000
_LISTEN = "0A"  # the state's code in /proc/net/tcp (include/net/tcp_states.h: TCP_LISTEN = 10)


@dataclass(frozen=True, slots=True)
class Ports:
    """One port per listener, all on 127.0.0.1. All are TCP but `livekit_udp`."""

    livekit: int = 7880
    livekit_tcp: int = 7881  # media over TCP, for networks without UDP
    livekit_udp: int = 7882  # all media over UDP goes through this one
    redis: int = 7379
    state: int = 7480
    riva: int = 50051
    llm: int = 8100
    tts: int = 8200
    telephone: int = 7990
    gcs: int = 4443
    egress: int = 8083
    gateway: int = 8300
    control: int = 8400
    agent: int = 8081
    metrics: int = 9100

    @classmethod
    def free(cls) -> Ports:
        """Ports that nobody uses now. All are held at once while they are picked, so that none is handed out twice."""
        with contextlib.ExitStack() as held:
            return cls(**{name: _hold_free_port(held) for name in cls.__slots__})

    def items(self) -> Iterator[tuple[str, int]]:
        """(name, port) of each, in order."""
        yield from asdict(self).items()


@dataclass(frozen=True, slots=True)
class Taken:
    """A port that somebody else uses; `by` names the process where that can be seen."""

    name: str
    port: int
    by: str | None

    @property
    def option(self) -> str:
        """The option of `make run` that moves this listener elsewhere."""
        return f"--{self.name.replace('_', '-')}-port"


def taken(ports: Ports) -> list[Taken]:
    """Those of `ports` that cannot be bound now."""
    return [Taken(name, port, holder(port)) for name, port in ports.items() if not _can_bind(port, udp=_is_udp(name))]


def holder(port: int) -> str | None:
    """ "name (pid 123)" of whoever listens on a TCP port; None where that can't be told (another user's, or UDP)."""
    if Path("/proc/net/tcp").exists():
        return _holder_from_proc(port)
    if shutil.which("lsof"):
        found = subprocess.run(
            ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"], capture_output=True, text=True, timeout=5
        )
        fields = {line[0]: line[1:] for line in found.stdout.splitlines() if line}
        return f"{fields['c']} (pid {fields['p']})" if {"c", "p"} <= fields.keys() else None
    return None


def _hold_free_port(held: contextlib.ExitStack) -> int:
    for _ in range(200):
        port = _FREE_FROM + secrets.randbelow(_FREE_TO - _FREE_FROM)
        with contextlib.ExitStack() as mine:
            try:
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    mine.enter_context(socket.socket(socket.AF_INET, kind)).bind((HOST, port))
            except OSError:
                continue
            held.enter_context(mine.pop_all())
            return port
    raise OSError(f"no free port found between {_FREE_FROM} and {_FREE_TO}")


def _is_udp(name: str) -> bool:
    return name.endswith("_udp")


def _can_bind(port: int, *, udp: bool) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM) as probe:
        if not udp:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a closed connection in TIME_WAIT is no holder
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _holder_from_proc(port: int) -> str | None:
    inodes = {
        fields[9]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        if Path(table).exists()
        for fields in (line.split() for line in Path(table).read_text().splitlines()[1:])
        if fields[3] == _LISTEN and int(fields[1].rsplit(":", 1)[1], 16) == port
    }
    sockets = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*") if sockets else ():
        with contextlib.suppress(OSError):  # it ended while we looked, or belongs to another user
            if any(str(fd.readlink()) in sockets for fd in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return None
