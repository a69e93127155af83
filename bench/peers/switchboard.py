"""How Switchboard's own worker is run: by its environment alone, as in production, with the bench's call centre."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.peers.wiring import Peer, Wiring
from local import environment
from local.paths import ROOT
from local.process import Service
from local.readiness import LogHas

CALL_CENTER = ROOT / "bench" / "config" / "callcenter.yaml"


def peer(wiring: Wiring) -> Peer:
    variables = environment.for_agent(wiring.info, wiring.ports, wiring.data_dir, CALL_CENTER) | {"LLM_MODEL": "stub"}
    service = Service(
        "switchboard",
        (sys.executable, "agent/main.py", "start"),
        LogHas(Path(), "registered worker"),
        wiring.ports.agent,
        environment=variables,
        ready_s=60.0,
        stop_s=15.0,
    )
    return Peer("switchboard", wiring.info.agent_name, service)
