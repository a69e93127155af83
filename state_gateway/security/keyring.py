"""The clients file while the gateway runs: read again when it changes, so that a revoked key is out within a second.

A file that became unusable changes nothing: the last good reading stays, the log and a metric say so.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from ops import logging
from ops.clock import Clock
from ops.deadline import deadline
from state_gateway.metrics import Metrics
from state_gateway.security.clients import Clients
from state_gateway.security.clients_file import BadClientsFile, load

LOOK_EVERY_S = 1.0
_READ_S = 5.0
_log = logging.get("state_gateway.keyring")


class Keyring:
    """`scripts`: digests of the gateway's own scripts. `signing`: there is a root secret to check signatures with."""

    def __init__(self, path: Path, scripts: frozenset[bytes], metrics: Metrics, *, signing: bool) -> None:
        self._path, self._scripts, self._metrics, self._signing = path, scripts, metrics, signing
        self._seen: tuple[int, int, int] | None = None
        self.clients = Clients()

    def __repr__(self) -> str:
        return f"<Keyring {len(self.clients.keys)} keys of {len(self.clients.names)} clients>"

    def open(self) -> None:
        """The first reading. Raises BadClientsFile: a gateway does not start on a file it cannot use."""
        self._seen = _mark(self._path)
        self.clients = self._read()
        self._metrics.clients_file_ok.set(1)

    async def watch(self, clock: Clock) -> None:
        """Look at the file each second, for ever."""
        while True:
            await clock.sleep(LOOK_EVERY_S)
            try:
                async with deadline(_READ_S, "the clients file"):
                    await self.look()
            except TimeoutError as error:
                self._broken(["it cannot be read in time"], error)

    async def look(self) -> None:
        """Read the file again if it has changed."""
        mark = await asyncio.to_thread(_mark, self._path)
        if mark == self._seen:
            return
        self._seen = mark
        try:
            self.clients = await asyncio.to_thread(self._read)
        except BadClientsFile as error:
            self._broken(error.problems, error)
            return
        self._metrics.clients_file_ok.set(1)
        _log.info("clients file read", count=len(self.clients.keys))

    def _read(self) -> Clients:
        clients = load(self._path, self._scripts)
        helpless = {key.client.name for key in clients.keys.values() if key.client.signing == "required"}
        if helpless and not self._signing:
            names = ", ".join(sorted(helpless))
            raise BadClientsFile([f"{names}: signing is required, and STATE_GATEWAY_SIGNING_ROOT is not set"])
        return clients

    def _broken(self, problems: list[str], error: Exception) -> None:
        self._metrics.clients_file_ok.set(0)
        _log.error("clients file unusable, the last good one stays", problems=problems, error=error)


def _mark(path: Path) -> tuple[int, int, int] | None:
    """Changes when the file does, also where a mounted secret is swapped under its name. None: not there."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino, stat.st_size
