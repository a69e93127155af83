"""How Switchboard's own worker is run: by its environment alone, as in production, with the bench's call centre.

As it is, and with every call announced and recorded: by egress, and by the worker itself into its backup.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from bench.peers.wiring import Peer, Wiring
from local import environment, gcs_server
from local.paths import ROOT
from local.process import Service
from local.readiness import LogHas

CALL_CENTER = ROOT / "bench" / "config" / "callcenter.yaml"


_RECORDED = CALL_CENTER.with_name("recorded.yaml")


def peer(wiring: Wiring) -> Peer:
    return _peer("switchboard", wiring.info.agent_name, wiring, CALL_CENTER)


def recorded(wiring: Wiring) -> Peer:
    """Under a name of its own: both may be measured in one run."""
    agent_name = f"{wiring.info.agent_name}-recorded"
    more = gcs_server.for_recordings(wiring.storage) | {"AGENT_NAME": agent_name}
    return _peer("recorded", agent_name, wiring, _RECORDED, more)


def _peer(name: str, agent_name: str, wiring: Wiring, config: Path, more: Mapping[str, str] | None = None) -> Peer:
    variables = environment.for_agent(wiring.info, wiring.ports, wiring.data_dir, config) | {"LLM_MODEL": "stub"}
    service = Service(
        name,
        (sys.executable, "agent/main.py", "start"),
        LogHas(Path(), "registered worker"),
        wiring.ports.agent,
        environment={**variables, **(more or {})},
        ready_s=60.0,
        stop_s=15.0,
    )
    return Peer(name, agent_name, service)
