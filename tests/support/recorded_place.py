"""Where recordings are lost: a stack that records, its bucket and its webhooks behind ways that can be broken."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import aiohttp

from local import environment, gcs_server, livekit_server
from local.ports import HOST, Ports
from local.process import Process
from local.services import USUAL
from local.stack import Stack
from tests.support import house_config
from tests.support.faulty_way import FaultyWay, faulty_way
from tests.support.recorder_trouble import take_back

_AWAY = "recordings-away"


@dataclass(frozen=True)
class RecordedPlace:
    """`storage` is the way to the bucket of the agent, of control and of egress; `hooks` that of the media server's
    webhooks. `direct` is the bucket's own address, which no fault but its own death touches. `measuring` is a process
    of its own: what the callers say is sent by this one, in time."""

    stack: Stack
    storage: FaultyWay
    hooks: FaultyWay
    direct: str
    measuring: Executor

    def process(self, name: str) -> Process:
        return self.stack.process(name)

    def spools(self, call_id: str) -> list[Path]:
        """What the worker's disk still has of a call."""
        return list((self.stack.info.data_dir / "agent" / "recordings").glob(f"{call_id}.*"))

    def lose_bucket(self) -> None:
        """It is gone, with what is in it, until all is mended."""
        self._bucket().rename(self.stack.info.data_dir / _AWAY)

    async def mended(self) -> None:
        """Everything runs, whatever a fault left."""
        self.storage.mend()
        self.hooks.mend()
        away = self.stack.info.data_dir / _AWAY
        if away.exists():
            shutil.copytree(away, self._bucket(), dirs_exist_ok=True)
            shutil.rmtree(away)
        for process in self.stack.processes:
            if not process.alive:
                await process.restart()
        await take_back(self.stack.info)

    async def objects(self, stem: str) -> list[Mapping[str, Any]]:
        """Those whose names begin so, as the bucket's own API describes them; none while it is not there."""
        where = f"{self.direct}/storage/v1/b/{gcs_server.RECORDINGS}/o"
        try:
            async with aiohttp.ClientSession() as http, http.get(where, params={"prefix": stem}) as answer:
                found: list[Mapping[str, Any]] = (await answer.json()).get("items") or []
                return found
        except aiohttp.ClientError:
            return []

    async def content(self, name: str) -> bytes:
        where = f"{self.direct}/storage/v1/b/{gcs_server.RECORDINGS}/o/{name.replace('/', '%2F')}"
        async with aiohttp.ClientSession() as http, http.get(where, params={"alt": "media"}) as answer:
            answer.raise_for_status()
            return await answer.read()

    def _bucket(self) -> Path:
        return self.stack.info.data_dir / "gcs" / gcs_server.RECORDINGS


@asynccontextmanager
async def recorded_place(folder: Path) -> AsyncIterator[RecordedPlace]:
    """The shipped call centre, every line recording what it can, in `folder`."""
    ports = Ports.free()
    direct = f"http://{HOST}:{ports.gcs}"
    async with faulty_way(direct) as storage, faulty_way(f"http://{HOST}:{ports.control}") as hooks:
        there = {"STORAGE_EMULATOR_HOST": storage.url}
        # What the media server tells goes the breakable way.
        told = livekit_server.config(ports, environment.API_KEY, environment.API_SECRET, webhooks=True)
        told["webhook"]["urls"] = [f"{hooks.url}/webhooks/livekit"]
        own = {"agent": there, "control": there, "livekit": {"LIVEKIT_CONFIG": json.dumps(told)}}
        config = house_config.write(folder / "config", house_config.shipped("best_effort"))
        stack = Stack(folder / "stack", ports, own, only=USUAL, config=config)
        stack.info = replace(stack.info, storage_url=storage.url)
        measuring = ProcessPoolExecutor(1, get_context("spawn"), initializer=os.nice, initargs=(10,))
        async with stack:
            with measuring:
                yield RecordedPlace(stack, storage, hooks, direct, measuring)
