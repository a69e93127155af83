"""The processes of the stack: how each is run, when it is ready, and which must be ready before it."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from local import environment, livekit_server
from local.info import StackInfo
from local.ports import HOST, Ports
from local.process import Service
from local.readiness import HttpOk, LogHas, TcpOpen

NAMES = ("redis", "livekit", "riva", "llm", "tts", "telephone", "agent")
"""Every process, in the order in which they are shown and (backwards) stopped."""

_MORE_PORTS = {"livekit": ("livekit_tcp", "livekit_udp"), "agent": ("metrics",)}

PACKAGES_OF: Mapping[str, tuple[str, ...]] = {"redis-server": ("redis",), "flite": ("tts",)}
"""A system package -> the processes that can't do without it."""

Programs = Mapping[str, tuple[str, ...]]


def all_services(info: StackInfo, ports: Ports, data_dir: Path, config: Path, programs: Programs) -> dict[str, Service]:
    """Every service by name. `programs` has the command lines of what was built."""
    services = (
        _redis(ports, data_dir),
        _livekit(info, ports, programs.get("livekit", ())),
        _stand_in("riva", ports.riva, TcpOpen(ports.riva)),
        _stand_in("chat", ports.llm, HttpOk(ports.llm, "/health"), name="llm"),
        _tts(ports),
        _telephone(info, ports, programs.get("telephone", ())),
        _agent(info, ports, data_dir, config),
    )
    return {service.name: service for service in services}


def ports_of(names: Collection[str]) -> frozenset[str]:
    """The names of the ports (fields of Ports) on which these processes listen."""
    return frozenset(names) | {more for name in names for more in _MORE_PORTS.get(name, ())}


def _redis(ports: Ports, data_dir: Path) -> Service:
    # Nothing of it is kept: trunks and rules are made anew from the configuration at each start.
    command = ("redis-server", "--bind", HOST, "--port", str(ports.redis), "--save", "", "--appendonly", "no")
    return Service("redis", (*command, "--dir", str(data_dir)), TcpOpen(ports.redis), ports.redis)


def _livekit(info: StackInfo, ports: Ports, program: tuple[str, ...]) -> Service:
    return Service(
        "livekit",
        program,
        HttpOk(ports.livekit, "/"),
        ports.livekit,
        after=("redis",),
        environment=livekit_server.environment(ports, info.api_key, info.api_secret),
        # Told to stop it looks every five seconds whether its rooms are empty. Nothing of it is kept: no use in
        # waiting, but for docker, which takes a moment to end its container.
        stop_s=8.0 if program[:1] == ("docker",) else 0.3,
    )


def _stand_in(module: str, port: int, ready: TcpOpen | HttpOk, name: str | None = None) -> Service:
    command = (sys.executable, "-m", f"local.stand_ins.{module}", "--host", HOST, "--port", str(port))
    return Service(name or module, command, ready, port)


def _tts(ports: Ports) -> Service:
    command = (sys.executable, "tts_server/main.py")
    return Service("tts", command, HttpOk(ports.tts, "/ready"), ports.tts, environment=environment.for_tts(ports))


def _telephone(info: StackInfo, ports: Ports, program: tuple[str, ...]) -> Service:
    command = (
        *(*program, "-redis", f"{HOST}:{ports.redis}", "-livekit", info.livekit_url),
        *("-key", info.api_key, "-secret", info.api_secret, "-listen", f"{HOST}:{ports.telephone}"),
    )
    return Service(
        "telephone", command, HttpOk(ports.telephone, "/health"), ports.telephone, after=("redis", "livekit")
    )


def _agent(info: StackInfo, ports: Ports, data_dir: Path, config: Path) -> Service:
    # After the speech server, which renders its phrases before the first call; Riva and the model it needs only in a
    # call. It asks for a long stop because it closes its calls.
    return Service(
        "agent",
        (sys.executable, "agent/main.py", "start"),
        LogHas(Path(), "registered worker"),
        ports.agent,
        after=("livekit", "tts"),
        environment=environment.for_agent(info, ports, data_dir, config),
        ready_s=60.0,
        stop_s=10.0,
    )
