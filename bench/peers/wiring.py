"""What a peer is given and what it gives: addresses in, a process to run and a name to dispatch out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from local.info import StackInfo
from local.ports import Ports
from local.process import Service


@dataclass(frozen=True, slots=True)
class Wiring:
    """`info` has the server's address and those of the stubs; `ports` are the peer's own; `data_dir` is its own.
    `storage` is the port of the bucket, where one runs (RECORDED)."""

    info: StackInfo
    ports: Ports
    data_dir: Path
    storage: int


@dataclass(frozen=True, slots=True)
class Peer:
    """A worker process ready when its log says "registered worker", dispatched by `agent_name`."""

    name: str
    agent_name: str
    service: Service
