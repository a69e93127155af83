"""The bare starter's environment: the product's names, so that both agents are wired alike."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StarterSettings:
    agent_name: str
    http_port: int
    riva_uri: str
    llm_base_url: str
    tts_base_url: str

    @classmethod
    def read(cls) -> StarterSettings:
        """From the environment; KeyError names what is missing."""
        return cls(
            agent_name=os.environ["AGENT_NAME"],
            http_port=int(os.environ["AGENT_HTTP_PORT"]),
            riva_uri=os.environ["RIVA_URI"],
            llm_base_url=os.environ["LLM_BASE_URL"],
            tts_base_url=os.environ["TTS_BASE_URL"],
        )
