"""What one call uses, and what that costs at the operator's prices.

Listens to the models' own metrics (livekit-agents 1.8.9, metrics/base.py) beside the path: synchronous, O(1), and
nothing that a model reports can break a call. Seconds at work are the model's time for this call alone: a GPU that
serves several calls at once is at work for all of them in the same second, which the price has to account for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from livekit.agents.metrics import LLMMetrics, STTMetrics, TTSMetrics

from agent import metrics
from calls.record import CallRecord
from config.model import Prices
from ops.clock import Clock

_PER: Mapping[str, Callable[[Prices], float]] = {
    "call_minutes": lambda p: p.per_call_minute,
    "stt_gpu_seconds": lambda p: p.per_stt_gpu_second,
    "llm_gpu_seconds": lambda p: p.per_llm_gpu_second,
    "tts_gpu_seconds": lambda p: p.per_tts_gpu_second,
    "input_tokens": lambda p: p.per_1k_input_tokens / 1000,
    "output_tokens": lambda p: p.per_1k_output_tokens / 1000,
    "characters": lambda p: p.per_1k_characters / 1000,
}
"""Every unit that is counted, with the price of one. Also the keys of CallRecord.usage."""

_MOST = 1e12  # more of anything in one call is a report that can't be true


class Meter:
    """The usage of one call. A call that was taken over goes on counting from what its record says it had used:
    at most what the lost worker used since its last flush is missing."""

    def __init__(self, clock: Clock, record: CallRecord, prices: Prices | None) -> None:
        self._clock, self._prices, self._started_at = clock, prices, record.started_at
        self._used = {unit: _amount(record.usage.get(unit)) for unit in _PER}

    def listen(self, *models: Any) -> None:
        """Count what these (livekit's STT, LLM, TTS, or None) report from now on. Each must be of this call alone."""
        for model in models:
            if model is not None:
                model.on("metrics_collected", self.collect)

    def collect(self, report: object) -> None:
        """One report of a model; what is no usage, or can't be true, counts as nothing."""
        if isinstance(report, LLMMetrics):
            self._add("llm_gpu_seconds", report.duration)
            self._add("input_tokens", report.prompt_tokens)
            self._add("output_tokens", report.completion_tokens)
        elif isinstance(report, TTSMetrics):
            self._add("tts_gpu_seconds", report.duration)
            self._add("characters", report.characters_count)
        elif isinstance(report, STTMetrics):
            # A streaming recogniser reports no duration: it is at work for as long as it listens.
            self._add("stt_gpu_seconds", report.duration or report.audio_duration)

    def usage(self) -> Mapping[str, float]:
        """Units used so far, by name; those of which nothing was used are left out. Minutes are those since the call
        began, whoever held it."""
        minutes = _amount((self._clock.now() - self._started_at) / 60)
        return {unit: round(n, 6) for unit, n in {**self._used, "call_minutes": minutes}.items() if n > 0}

    def cost(self) -> float | None:
        """What `usage` costs in units of the prices' currency; None: there are no prices."""
        if self._prices is None:
            return None
        return round(sum(n * _PER[unit](self._prices) for unit, n in self.usage().items()), 6)

    def bill(self) -> dict[str, Any]:
        """The fields of the record: `chronicle.change(**meter.bill())`."""
        currency = self._prices.currency if self._prices else None
        return {"usage": self.usage(), "cost": self.cost(), "currency": currency}

    def _add(self, unit: str, amount: object) -> None:
        self._used[unit] += _amount(amount)


def count_cost(record: CallRecord) -> None:
    """Count a closed call's cost in the metrics. Once for each call: by who closed it."""
    if record.cost is not None and record.currency is not None:
        metrics.CALL_COST.labels(line=record.line, currency=record.currency).inc(record.cost)
        metrics.COST_PER_CALL.labels(line=record.line, currency=record.currency).observe(record.cost)


def _amount(value: object) -> float:
    """A number that can be an amount, else 0: stores and models are other people's programs."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0.0
    return float(value) if 0 <= value <= _MOST else 0.0
