"""One TurnTimed a turn, from the framework's own numbers, and what cannot be true is left out."""

from __future__ import annotations

import math
from typing import Any, cast

import pytest
from livekit.agents.llm import ChatMessage
from livekit.agents.llm.chat_context import MetricsReport
from prometheus_client import REGISTRY

from agent.chronicle import Chronicle
from agent.latency import Latency
from calls.events import CallerSpoke, TurnTimed
from tests.fakes.clock import FakeClock
from tests.unit.agent.test_chronicle import Kept, record

HISTOGRAMS = {
    "voice_to_voice_s": "switchboard_turn_voice_to_voice_seconds",
    "end_of_turn_s": "switchboard_turn_end_of_turn_seconds",
    "transcription_s": "switchboard_turn_transcription_seconds",
    "llm_first_token_s": "switchboard_turn_llm_first_token_seconds",
    "tts_first_byte_s": "switchboard_turn_tts_first_byte_seconds",
}
ASKED = MetricsReport(end_of_turn_delay=0.31, transcription_delay=0.12)
ANSWERED = MetricsReport(e2e_latency=0.72, llm_node_ttft=0.15, tts_node_ttfb=0.09)


class Talked:
    """A call in which both sides speak."""

    def __init__(self) -> None:
        self._kept = Kept()
        self._chronicle = Chronicle(record(), self._kept, FakeClock())
        self._latency = Latency(self._chronicle)

    def caller(self, **metrics: Any) -> None:
        self._chronicle.add(CallerSpoke, turn=self._chronicle.record.turns + 1, text="x")
        self._latency.caller_said(ChatMessage(role="user", content=["x"], metrics=cast("MetricsReport", metrics)))

    def agent(self, **metrics: Any) -> None:
        self._latency.agent_said(ChatMessage(role="assistant", content=["x"], metrics=cast("MetricsReport", metrics)))

    @property
    def timed(self) -> list[TurnTimed]:
        return [event for event, _ in self._kept.entries if isinstance(event, TurnTimed)]


def stages(event: TurnTimed) -> dict[str, float | None]:
    return {name: getattr(event, name) for name in HISTOGRAMS}


def counts() -> dict[str, float]:
    return {name: REGISTRY.get_sample_value(f"{HISTOGRAMS[name]}_count") or 0.0 for name in HISTOGRAMS}


def sums() -> dict[str, float]:
    return {name: REGISTRY.get_sample_value(f"{HISTOGRAMS[name]}_sum") or 0.0 for name in HISTOGRAMS}


def test_a_turn_is_the_callers_message_and_the_answer_to_it() -> None:
    """Two messages carry the numbers, one event carries the turn; each histogram sees the same number once."""
    counted, summed = counts(), sums()
    talked = Talked()
    talked.caller(**ASKED)
    talked.agent(**ANSWERED)
    (event,) = talked.timed
    assert event.turn == 1
    assert stages(event) == {
        "voice_to_voice_s": 0.72,
        "end_of_turn_s": 0.31,
        "transcription_s": 0.12,
        "llm_first_token_s": 0.15,
        "tts_first_byte_s": 0.09,
    }
    assert {name: count - counted[name] for name, count in counts().items()} == dict.fromkeys(HISTOGRAMS, 1.0)
    for name, total in sums().items():
        assert total - summed[name] == pytest.approx(stages(event)[name])


def test_each_turn_is_timed_once_and_words_of_our_own_never() -> None:
    """A greeting answers nobody; what follows a tool call or a second sentence is the same turn."""
    talked = Talked()
    talked.agent(**ANSWERED)
    assert talked.timed == []
    for _ in range(2):
        talked.caller(**ASKED)
        talked.agent(**ANSWERED)
        talked.agent(**ANSWERED)
    assert [event.turn for event in talked.timed] == [1, 2]


def test_a_caller_who_speaks_twice_is_timed_from_the_second_time() -> None:
    """An answer that was never given has no latency, and lends its numbers to none."""
    talked = Talked()
    talked.caller(end_of_turn_delay=5.0)
    talked.caller(end_of_turn_delay=0.2)
    talked.agent(**ANSWERED)
    (event,) = talked.timed
    assert (event.turn, event.end_of_turn_s, event.transcription_s) == (2, 0.2, None)


@pytest.mark.parametrize("absurd", [-0.01, 600.0, 1e9, math.nan, math.inf, None])
def test_what_cannot_be_a_latency_is_left_out(absurd: float | None) -> None:
    """Clocks step backwards, and a stage that did not take place has no number: neither may move a percentile."""
    counted = counts()
    talked = Talked()
    talked.caller(end_of_turn_delay=0.3)
    talked.agent(llm_node_ttft=0.2)
    talked._latency.caller_said(ChatMessage.model_construct(metrics={"end_of_turn_delay": absurd}))
    talked._latency.agent_said(ChatMessage.model_construct(metrics={"e2e_latency": absurd, "llm_node_ttft": 0.2}))
    event = talked.timed[-1]
    assert (event.voice_to_voice_s, event.end_of_turn_s, event.llm_first_token_s) == (None, None, 0.2)
    assert counts()["voice_to_voice_s"] == counted["voice_to_voice_s"]
    assert counts()["end_of_turn_s"] == counted["end_of_turn_s"] + 1


def test_keys_pressed_are_a_turn_without_a_voice() -> None:
    """A message that was typed has no numbers; the answer's own are kept."""
    talked = Talked()
    talked.caller()
    talked.agent(llm_node_ttft=0.2)
    (event,) = talked.timed
    assert stages(event) == dict.fromkeys(HISTOGRAMS) | {"llm_first_token_s": 0.2}
