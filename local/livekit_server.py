"""LiveKit's server: where to get the version we run, and its configuration for one machine.

Standard library only: it is built while the Python packages are still being installed (local/bootstrap.py)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import Any

from local.go_tool import INSTALL_GO, CannotBuildError, Say, build, go
from local.paths import BIN
from local.ports import HOST, Ports

VERSION = "1.13.5"
IMAGE = f"livekit/livekit-server:v{VERSION}"
_PROGRAM = f"livekit-server-v{VERSION}"
_MODULE = f"github.com/livekit/livekit-server/cmd/server@v{VERSION}"


def command(say: Say) -> tuple[str, ...]:
    """The server's command line but for its arguments: found on PATH, built before, built now, or Docker's image.

    Blocks; a build takes 90 to 230 s on two cores when Go has nothing cached. CannotBuildError with the remedy when
    none of them is to be had.
    """
    if here := found():
        return (here,)
    if go():
        say(f"Building livekit-server v{VERSION}: 90 to 230 s this once.")
        return (str(build(["install", "-v", _MODULE], name=_PROGRAM, directory=None, say=say)),)
    if docker_engine():
        return _docker()
    raise CannotBuildError(
        f"livekit-server v{VERSION} is missing, and so are Go (to build it) and a Docker engine (to run {IMAGE}).\n"
        f"Remedy: {INSTALL_GO}."
    )


def found() -> str | None:
    """The program, where one of the right version is on PATH or was built before."""
    on_path = shutil.which("livekit-server")
    if on_path and version(on_path) == VERSION:
        return on_path
    built = BIN / _PROGRAM
    return str(built) if built.exists() else None


def version(program: str) -> str | None:
    """ "1.13.5" as the program itself says, None when it says nothing of the kind."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    number = re.search(r"version (\d+\.\d+\.\d+)", said)
    return number.group(1) if number else None


def docker_engine() -> bool:
    """A Docker engine answers that gives containers this machine's own network (Linux): the media ports need it."""
    docker = shutil.which("docker")
    if docker is None or sys.platform != "linux":
        return False
    try:
        answer = subprocess.run([docker, "info", "--format", "{{.ServerVersion}}"], capture_output=True, timeout=10)
    except subprocess.TimeoutExpired:
        return False
    return answer.returncode == 0 and bool(answer.stdout.strip())


def environment(ports: Ports, key: str, secret: str, *, webhooks: bool) -> dict[str, str]:
    """The configuration as the server takes it from its environment, in a container too. JSON is YAML."""
    return {"LIVEKIT_CONFIG": json.dumps(config(ports, key, secret, webhooks=webhooks))}


def config(ports: Ports, key: str, secret: str, *, webhooks: bool) -> dict[str, Any]:
    """The server's configuration, by the keys of v1.13.5 (livekit-server pkg/config, mediatransportutil rtcconfig).

    `webhooks`: what happens in its rooms is told to the control service, signed with `key`.

    A server without `stun_servers` tells its clients to use Google's and Twilio's (rtcconfig.DefaultStunServers):
    naming an address of our own keeps every packet on this machine. Nobody answers STUN there and nobody needs the
    answer: host candidates on loopback are enough.
    """
    told = {"webhook": {"api_key": key, "urls": [f"http://{HOST}:{ports.control}/webhooks/livekit"]}}
    return (told if webhooks else {}) | {
        "port": ports.livekit,
        "bind_addresses": [HOST],
        "rtc": {
            "tcp_port": ports.livekit_tcp,
            "udp_port": ports.livekit_udp,
            "node_ip": HOST,
            "use_external_ip": False,
            "enable_loopback_candidate": True,
            "ips": {"includes": [f"{HOST}/32"]},
            "stun_servers": [f"{HOST}:{ports.livekit_udp}"],
        },
        "redis": {"address": f"{HOST}:{ports.redis}"},
        "keys": {key: secret},
        "room": {"auto_create": True, "empty_timeout": 30, "departure_timeout": 5},
        # The worker reports its own load (calls over places). The server's default of 0.7 would leave a third of the
        # places empty, silently: a caller nobody is sent to hears it ring for minutes.
        "agents": {"target_load": 0.99},
        "logging": {"level": "info", "json": False},
    }


def _docker() -> tuple[str, ...]:
    # docker passes SIGTERM on to the container, and removes it; only SIGKILL of docker itself would leave it behind.
    return ("docker", "run", "--rm", "--network", "host", "--env", "LIVEKIT_CONFIG", IMAGE)
