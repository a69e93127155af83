"""What stands side by side before one Redis: webdis, the state gateway with one process and with two, and the stand-in
for a serial design. All of them idle but the one that is being asked."""

from __future__ import annotations

import json
import secrets
import shutil
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from bench import process_tree
from bench.rig import RigFailedError
from bench.wrk import Request
from local import environment, groups
from local.guardian import Guardian
from local.ports import HOST, Ports
from local.process import Process, Service
from local.readiness import HttpOk, NotReadyError
from local.stack import Stack

WEBDIS_THREADS = 2  # as Debian's webdis.json has it, and as many as this was written on has cores
_WEBDIS_VERBOSITY = 3  # as Debian's
_THREADS = (WEBDIS_THREADS, 1)  # one is not in the demands: what one core gives, as one process of the gateway has it
PIPELINE = 50
KEY = "switchboard:bench"
VALUE = "v" * 100


def need() -> None:
    """RigFailedError where webdis is not installed."""
    if shutil.which("webdis") is None:
        raise RigFailedError("This needs webdis: apt-get install webdis (it is not used as a service: stop that)")


def contents() -> bytes:
    """What has to be in Redis first, as RESP: the key of the single reads, and those of the pipeline."""
    found = b""
    for key in (KEY, *_keys()):
        words = ("SET", key, VALUE)
        found += f"*{len(words)}\r\n".encode() + b"".join(f"${len(w)}\r\n{w}\r\n".encode() for w in words)
    return found


def _keys() -> list[str]:
    return [f"{KEY}:{number}" for number in range(PIPELINE)]


class Sides:
    """Entering starts all of it, leaving ends it. `data_dir` gets the logs, webdis' configuration and the clients."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir.resolve()
        self._ports = Ports.free()
        self._stack = Stack(self._data_dir, self._ports, only={"state", "gateway"})
        self._two, self._serial = self._ports.llm, self._ports.tts
        self._webdis = (self._ports.riva, self._ports.telephone)
        self._token = secrets.token_hex(16)
        self._id = secrets.token_hex(8)
        self._exits = AsyncExitStack()
        self._running: dict[str, Process] = {}

    async def __aenter__(self) -> Self:
        try:
            await self._exits.enter_async_context(self._stack)
            guardian = Guardian(self._id)
            self._exits.callback(guardian.close)
            webdis = [self._of_webdis(port, threads) for port, threads in zip(self._webdis, _THREADS, strict=True)]
            for service in (self._of_two(), *webdis, self._of_serial()):
                await self._run(service, guardian)
        except BaseException:
            await self._exits.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.aclose()

    @property
    def redis(self) -> tuple[str, int]:
        return HOST, self._ports.state

    @property
    def state_urls(self) -> list[str]:
        """Redis itself, and the gateway of one process."""
        return [self._stack.info.state_url, self._stack.info.gateway_url]

    @property
    def keys(self) -> dict[str, str]:
        """STATE_API_KEY and STATE_SIGNING_KEY."""
        return {name: value for name, value in self._stack.info.through_gateway().items() if name != "STATE_URL"}

    def cpu_s(self, server: str) -> float:
        """Processor seconds of a server, its children's too, since it began."""
        process = self._stack.process(server) if server in self._stack.names else self._running[server]
        return process_tree.cpu_s(process.pid)

    def requests(self) -> dict[str, Request]:
        """What is asked in a closed loop, by the name that the table has."""
        bearer = {"Authorization": f"Bearer {self.keys['STATE_API_KEY']}"}
        one, two = self._stack.info.gateway_url, f"http://{HOST}:{self._two}"
        get = json.dumps(["GET", KEY]).encode()
        many = json.dumps([["GET", key] for key in _keys()]).encode()
        serial = f"http://{HOST}:{self._serial}/pipeline"
        return {
            "webdis GET": Request(f"webdis-{WEBDIS_THREADS}", "GET", f"http://{HOST}:{self._webdis[0]}/GET/{KEY}"),
            "webdis GET, 1 thread": Request("webdis-1", "GET", f"http://{HOST}:{self._webdis[1]}/GET/{KEY}"),
            "gateway GET, 1 process": Request("gateway", "GET", f"{one}/redis/get/{KEY}", headers=bearer),
            "gateway GET, 2 processes": Request("gateway-two", "GET", f"{two}/redis/get/{KEY}", headers=bearer),
            'gateway POST ["GET"], 1 process': Request("gateway", "POST", f"{one}/", get, bearer),
            'gateway POST ["GET"], 2 processes': Request("gateway-two", "POST", f"{two}/", get, bearer),
            "gateway /pipeline, 1 process": Request("gateway", "POST", f"{one}/pipeline", many, bearer, PIPELINE),
            "gateway /pipeline, 2 processes": Request("gateway-two", "POST", f"{two}/pipeline", many, bearer, PIPELINE),
            "serial /pipeline, stand-in": Request(
                "serial", "POST", serial, many, {"Authorization": f"Bearer {self._token}"}, PIPELINE
            ),
        }

    def open_loop(self) -> dict[str, tuple[tuple[str, int], bytes]]:
        """Address and bytes of the single read, by each side: for bench.open_loop."""
        found = {"redis": (self.redis, f"*2\r\n$3\r\nGET\r\n${len(KEY)}\r\n{KEY}\r\n".encode())}
        asked = self.requests()
        for name, side in (("gateway", "gateway GET, 1 process"), ("webdis", "webdis GET")):
            request = asked[side]
            url = urlsplit(request.url)
            head = "".join(f"{key}: {value}\r\n" for key, value in request.headers.items())
            text = f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\n{head}\r\n"
            found[name] = ((url.hostname or HOST, url.port or 80), text.encode())
        return found

    def _of_two(self) -> Service:
        own = environment.for_gateway(self._stack.info, self._ports) | {
            "STATE_GATEWAY_PORT": str(self._two),
            "STATE_GATEWAY_PROCESSES": "2",
        }
        command = (sys.executable, "state_gateway/main.py")
        return Service("gateway-two", command, HttpOk(self._two, "/ready"), self._two, environment=own, stop_s=10.0)

    def _of_webdis(self, port: int, threads: int) -> Service:
        config = self._data_dir / f"webdis-{threads}.json"
        config.write_text(
            json.dumps(
                {
                    "redis_host": HOST,
                    "redis_port": self._ports.state,
                    "http_host": HOST,
                    "http_port": port,
                    "threads": threads,
                    "daemonize": False,
                    "database": 0,
                    "acl": [],
                    "verbosity": _WEBDIS_VERBOSITY,
                    "logfile": str(self._data_dir / "log" / f"webdis-{threads}-own.log"),
                }
            )
        )
        return Service(f"webdis-{threads}", ("webdis", str(config)), HttpOk(port, "/PING"), port)

    def _of_serial(self) -> Service:
        options = ("--port", str(self._serial), "--redis-port", str(self._ports.state), "--token", self._token)
        command = (sys.executable, "-m", "bench.stubs.serial_gateway", *options)
        return Service("serial", command, HttpOk(self._serial, "/live"), self._serial)

    async def _run(self, service: Service, guardian: Guardian) -> None:
        common = environment.base(environment.Operator()) | {groups.MARK: self._id}
        process = Process(service, self._data_dir / "log" / f"{service.name}.log", common, guardian)
        self._exits.push_async_callback(process.stop)
        self._running[service.name] = process
        try:
            await process.start()
        except NotReadyError as error:
            last = "\n".join(f"    {line}" for line in process.tail())
            raise RigFailedError(f"{error} ({process.exit}). Its last lines, from {process.log}:\n{last}") from None
