"""The processes of the stack: how each is run, when it is ready, and which must be ready before it."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from local import environment, gcs_server, livekit_server
from local.info import StackInfo
from local.ports import HOST, Ports
from local.process import Service
from local.readiness import HttpOk, LogHas, RedisAnswers, TcpOpen

NAMES = ("redis", "state", "livekit", "riva", "llm", "tts", "telephone", "gcs", "egress", "gateway", "control", "agent")
"""Every process, in the order in which they are shown and (backwards) stopped."""

USUAL = tuple(name for name in NAMES if name != "gateway")
"""Those that a call needs, and its recording."""

RECORDERS = frozenset({"gcs", "egress"})
"""Those without which nothing is recorded."""

_MORE_PORTS = {"livekit": ("livekit_tcp", "livekit_udp"), "agent": ("metrics",)}

PACKAGES_OF: Mapping[str, tuple[str, ...]] = {"redis-server": ("redis", "state"), "flite": ("tts",)}
"""A system package -> the processes that can't do without it."""

Programs = Mapping[str, tuple[str, ...]]


def all_services(
    info: StackInfo, ports: Ports, config: Path, programs: Programs, running: Collection[str] = NAMES
) -> dict[str, Service]:
    """Every service by name. `programs` has the command lines of what was built; `running` are those that will run."""
    services = (
        _redis(ports, info.data_dir),
        _state(ports, info.data_dir / "state"),
        _livekit(info, ports, programs.get("livekit", ()), webhooks="control" in running),
        _stand_in("riva", ports.riva, TcpOpen(ports.riva)),
        _stand_in("chat", ports.llm, HttpOk(ports.llm, "/health"), name="llm"),
        _tts(ports),
        _telephone(info, ports, programs.get("telephone", ())),
        _gcs(ports, info.data_dir / "gcs", programs.get("gcs", ())),
        _egress(info, ports, programs.get("egress", ())),
        _gateway(info, ports, storage="gcs" in running),
        _control(info, ports, config),
        _agent(info, ports, config),
    )
    recorded = {"agent", "control"} if set(running) >= RECORDERS else set()
    return {
        service.name: service.with_environment(gcs_server.for_recordings(ports.gcs) if service.name in recorded else {})
        for service in services
    }


def ports_of(names: Collection[str]) -> frozenset[str]:
    """The names of the ports (fields of Ports) on which these processes listen."""
    return frozenset(names) | {more for name in names for more in _MORE_PORTS.get(name, ())}


def _redis(ports: Ports, data_dir: Path) -> Service:
    # Nothing of it is kept: trunks and rules are made anew from the configuration at each start.
    command = ("redis-server", "--bind", HOST, "--port", str(ports.redis), "--save", "", "--appendonly", "no")
    return Service("redis", (*command, "--dir", str(data_dir)), RedisAnswers(ports.redis), ports.redis)


def _state(ports: Ports, directory: Path) -> Service:
    # The calls. A Redis of its own, kept as an operator would keep it: a fault of the one is none of the other.
    command = ("redis-server", "--bind", HOST, "--port", str(ports.state), "--save", "", "--dir", str(directory))
    kept = ("--appendonly", "yes", "--appendfsync", "everysec")
    return Service("state", (*command, *kept), RedisAnswers(ports.state), ports.state, keeps=(directory,))


def _livekit(info: StackInfo, ports: Ports, program: tuple[str, ...], *, webhooks: bool) -> Service:
    return Service(
        "livekit",
        program,
        HttpOk(ports.livekit, "/"),
        ports.livekit,
        after=("redis",),
        environment=livekit_server.environment(ports, info.api_key, info.api_secret, webhooks=webhooks),
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


def _gcs(ports: Ports, directory: Path, program: tuple[str, ...]) -> Service:
    command = (*program, *gcs_server.arguments(ports.gcs, directory))
    buckets = (directory / gcs_server.BUCKET, directory / gcs_server.RECORDINGS)
    return Service("gcs", command, HttpOk(ports.gcs, gcs_server.READY), ports.gcs, keeps=buckets)


def _egress(info: StackInfo, ports: Ports, program: tuple[str, ...]) -> Service:
    command = (
        *(*program, "-redis", f"{HOST}:{ports.redis}", "-livekit", info.livekit_url),
        *("-key", info.api_key, "-secret", info.api_secret, "-listen", f"{HOST}:{ports.egress}"),
        *("-storage", info.storage_url, "-bucket", gcs_server.RECORDINGS, "-spool", str(info.data_dir / "egress")),
        *("--", sys.executable, "-m", "local.stand_ins.egress.mixdown"),
    )
    ready = HttpOk(ports.egress, "/health")
    # Its stop is a long one because it finishes its recordings.
    return Service("egress", command, ready, ports.egress, after=("redis", "livekit", "gcs"), stop_s=10.0)


def _gateway(info: StackInfo, ports: Ports, *, storage: bool) -> Service:
    command = (sys.executable, "state_gateway/main.py")
    bucket = {"STATE_GATEWAY_BUCKET": gcs_server.BUCKET, **gcs_server.environment(ports.gcs)} if storage else {}
    own = environment.for_gateway(info, ports) | bucket
    ready = HttpOk(ports.gateway, "/ready")
    return Service("gateway", command, ready, ports.gateway, after=("state", "gcs"), environment=own)


def _control(info: StackInfo, ports: Ports, config: Path) -> Service:
    command = (sys.executable, "control/main.py")
    own = environment.for_control(info, ports, config if config.exists() else None)
    ready = HttpOk(ports.control, "/ready")
    return Service("control", command, ready, ports.control, after=("livekit", "state"), environment=own)


def _agent(info: StackInfo, ports: Ports, config: Path) -> Service:
    # After the speech server, which renders its phrases before the first call; Riva and the model it needs only in a
    # call. It asks for a long stop because it closes its calls.
    return Service(
        "agent",
        (sys.executable, "agent/main.py", "start"),
        LogHas(Path(), "registered worker"),
        ports.agent,
        after=("livekit", "state", "tts"),
        environment=environment.for_agent(info, ports, info.data_dir, config),
        ready_s=60.0,
        stop_s=10.0,
    )
