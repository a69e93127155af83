"""How the bare livekit-agents starter is run (bare_starter.py)."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.peers.wiring import Peer, Wiring
from local.process import Service
from local.readiness import LogHas

AGENT_NAME = "bare-starter"


def peer(wiring: Wiring) -> Peer:
    info = wiring.info
    command = (sys.executable, "-m", "bench.peers.bare_starter", "start")
    environment = {
        "LIVEKIT_URL": info.livekit_url,
        "LIVEKIT_API_KEY": info.api_key,
        "LIVEKIT_API_SECRET": info.api_secret,
        "AGENT_NAME": AGENT_NAME,
        "AGENT_HTTP_PORT": str(wiring.ports.agent),
        "RIVA_URI": info.riva_uri,
        "LLM_BASE_URL": info.llm_base_url,
        "TTS_BASE_URL": info.tts_base_url,
    }
    service = Service(
        "bare",
        command,
        LogHas(Path(), "registered worker"),
        wiring.ports.agent,
        environment=environment,
        ready_s=60.0,
        stop_s=10.0,
    )
    return Peer("bare", AGENT_NAME, service)
