"""An operator asks what a call cost. The figure stands in the record, adds up over a take-over, and no model's report
and no record from elsewhere can break the call that is metered."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from livekit.agents import llm
from livekit.agents.metrics import LLMMetrics, STTMetrics, TTSMetrics, VADMetrics
from prometheus_client import REGISTRY

from agent.metering import Meter, count_cost
from calls.outcome import Outcome
from calls.record import CallRecord
from config.model import Prices
from tests.fakes.clock import EPOCH, FakeClock
from tests.support.a_call import a_record

PRICES = Prices(
    "EUR",
    per_call_minute=0.01,
    per_stt_gpu_second=0.001,
    per_llm_gpu_second=0.002,
    per_tts_gpu_second=0.003,
    per_1k_input_tokens=0.5,
    per_1k_output_tokens=2.0,
    per_1k_characters=0.1,
)


def answered(prompt: int = 1000, completion: int = 50, duration: float = 1.5) -> LLMMetrics:
    return LLMMetrics(
        label="llm",
        request_id="r",
        timestamp=EPOCH,
        duration=duration,
        ttft=0.2,
        cancelled=False,
        completion_tokens=completion,
        prompt_tokens=prompt,
        prompt_cached_tokens=0,
        total_tokens=prompt + completion,
        tokens_per_second=1.0,
    )


def spoke(characters: int = 200, duration: float = 2.0) -> TTSMetrics:
    return TTSMetrics(
        label="tts",
        request_id="r",
        timestamp=EPOCH,
        ttfb=0.1,
        duration=duration,
        audio_duration=9.0,
        cancelled=False,
        characters_count=characters,
        streamed=True,
    )


def heard(audio: float = 30.0, duration: float = 0.0) -> STTMetrics:
    return STTMetrics(
        label="stt", request_id="r", timestamp=EPOCH, duration=duration, audio_duration=audio, streamed=duration == 0
    )


def record(**changes: Any) -> CallRecord:
    return replace(a_record(), started_at=EPOCH, **changes)


def a_meter(prices: Prices | None = PRICES, used: Mapping[str, float] | None = None) -> tuple[Meter, FakeClock]:
    clock = FakeClock()
    return Meter(clock, record(usage=used or {}), prices), clock


def test_every_unit_has_its_price() -> None:
    """One minute with one of everything costs the sum, by hand: 0.01 + 0.03 + 0.003 + 0.006 + 0.5 + 0.1 + 0.02."""
    meter, clock = a_meter()
    for report in (heard(), answered(), spoke()):
        meter.collect(report)
    clock.advance(60)
    assert meter.usage() == {
        "call_minutes": 1.0,
        "stt_gpu_seconds": 30.0,
        "llm_gpu_seconds": 1.5,
        "tts_gpu_seconds": 2.0,
        "input_tokens": 1000.0,
        "output_tokens": 50.0,
        "characters": 200.0,
    }
    assert meter.cost() == pytest.approx(0.669)
    assert meter.bill() == {"usage": meter.usage(), "cost": meter.cost(), "currency": "EUR"}


def test_without_prices_usage_is_kept_and_no_cost_is_made_up() -> None:
    """An operator who has written no prices finds what was used, and no cost: not one of 0."""
    meter, _ = a_meter(prices=None)
    meter.collect(answered())
    assert meter.bill() == {
        "usage": {"llm_gpu_seconds": 1.5, "input_tokens": 1000.0, "output_tokens": 50.0},
        "cost": None,
        "currency": None,
    }


def test_a_call_taken_over_adds_to_what_it_had_used() -> None:
    """The second worker goes on from the record; minutes run from the call's own start, so none is counted twice."""
    first, clock = a_meter()
    first.collect(answered())
    clock.advance(60)
    saved = first.usage()
    second = Meter(clock, record(usage=saved), PRICES)
    clock.advance(60)
    second.collect(answered(prompt=500))
    assert second.usage() == {
        "call_minutes": 2.0,
        "llm_gpu_seconds": 3.0,
        "input_tokens": 1500.0,
        "output_tokens": 100.0,
    }


def test_a_recogniser_that_is_asked_at_once_is_at_work_for_its_request() -> None:
    """A streaming recogniser listens as long as the audio is; one that gets a whole utterance reports its request."""
    meter, _ = a_meter()
    meter.collect(heard(audio=30.0, duration=0.4))
    assert meter.usage() == {"stt_gpu_seconds": 0.4}


@pytest.mark.parametrize("wrong", [-1.0, math.nan, math.inf, 1e300])
def test_a_report_that_can_not_be_true_counts_as_nothing(wrong: float) -> None:
    """Clocks step back and servers report nonsense: the rest of the report still counts."""
    meter, _ = a_meter()
    meter.collect(answered(duration=wrong))
    assert meter.usage() == {"input_tokens": 1000.0, "output_tokens": 50.0}


def test_reports_that_are_no_usage_are_passed_over() -> None:
    """The models report other things by the same event; so may versions to come."""
    meter, _ = a_meter()
    for other in (
        None,
        "llm_metrics",
        VADMetrics(label="v", timestamp=0, idle_time=0, inference_duration_total=1, inference_count=1),
    ):
        meter.collect(other)
    assert meter.usage() == {}


def test_a_record_from_elsewhere_can_not_break_the_meter() -> None:
    """The record of a resumed call comes from a store: wrong values in it are nothing, unknown units are dropped."""
    used: dict[str, Any] = {"input_tokens": "many", "characters": True, "tts_gpu_seconds": math.nan, "stamps": 3.0}
    meter, clock = a_meter(used={**used, "output_tokens": 7})
    clock.jump(-3600)  # and its clock may be ahead of ours
    assert meter.usage() == {"output_tokens": 7.0}


class AModel(llm.LLM[Any]):
    """Reports as livekit's models do, and says nothing."""

    def chat(self, **_: Any) -> llm.LLMStream:
        raise NotImplementedError


def test_it_listens_to_the_models_themselves_also_behind_a_fallback() -> None:
    """The session's own event is deprecated and logs a warning; the models' is not, and the adapter passes it on."""
    meter, _ = a_meter()
    first, second = AModel(), AModel()
    meter.listen(None, llm.FallbackAdapter([first, second]))
    first.emit("metrics_collected", answered(prompt=1))
    second.emit("metrics_collected", answered(prompt=10))
    assert meter.usage()["input_tokens"] == 11


def test_the_metrics_count_a_closed_call_once_with_its_currency() -> None:
    """A call without a cost is not counted as one that cost nothing."""
    labels = {"line": "clinic", "currency": "CHF"}
    closed = record(line="clinic", cost=0.25, currency="CHF").close(EPOCH + 9, Outcome.RESOLVED)
    count_cost(closed)
    count_cost(replace(closed, cost=None, currency=None))
    assert REGISTRY.get_sample_value("switchboard_call_cost_total", labels) == 0.25
    assert REGISTRY.get_sample_value("switchboard_cost_per_call_units_count", labels) == 1
