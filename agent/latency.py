"""Measuring stands beside the path: listens to the session's messages and is the only writer of the turn histograms."""

from __future__ import annotations

from typing import Any

from livekit.agents.llm import ChatMessage

from agent import metrics
from agent.chronicle import Chronicle
from calls.events import TurnTimed

_HISTOGRAMS = {
    "voice_to_voice_s": metrics.VOICE_TO_VOICE,
    "end_of_turn_s": metrics.END_OF_TURN,
    "transcription_s": metrics.TRANSCRIPTION,
    "llm_first_token_s": metrics.LLM_FIRST_TOKEN,
    "tts_first_byte_s": metrics.TTS_FIRST_BYTE,
}


class Latency:
    """Pairs the caller's message with the agent's answer and writes one TurnTimed for the two."""

    def __init__(self, chronicle: Chronicle) -> None:
        self._chronicle = chronicle
        self._asked: dict[str, Any] | None = None

    def caller_said(self, message: ChatMessage) -> None:
        self._asked = dict(message.metrics or {})

    def agent_said(self, message: ChatMessage) -> None:
        """Times the first answer to a turn; what follows a tool call belongs to it and is not timed again."""
        if self._asked is None:
            return
        asked, self._asked = self._asked, None
        answered = dict(message.metrics or {})
        stages = {
            "voice_to_voice_s": _seconds(answered.get("e2e_latency")),
            "end_of_turn_s": _seconds(asked.get("end_of_turn_delay")),
            "transcription_s": _seconds(asked.get("transcription_delay")),
            "llm_first_token_s": _seconds(answered.get("llm_node_ttft")),
            "tts_first_byte_s": _seconds(answered.get("tts_node_ttfb")),
        }
        for name, value in stages.items():
            if value is not None:
                _HISTOGRAMS[name].observe(value)
        self._chronicle.add(TurnTimed, turn=self._chronicle.record.turns, **stages)


def _seconds(value: Any) -> float | None:
    """A duration that can be true: the framework leaves out what did not happen, and clocks may step backwards."""
    if not isinstance(value, int | float) or not 0 <= value < 600:
        return None
    return round(float(value), 4)
