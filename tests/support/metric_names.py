"""The names that Prometheus sees of our services' metrics."""

from __future__ import annotations

from prometheus_client.metrics import MetricWrapperBase

import agent.metrics
import control.metrics
import state_gateway.metrics

_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


def samples() -> dict[str, tuple[str, ...]]:
    """Every sample name of agent, control and the state gateway, with its labels; and Prometheus' own `up`."""
    found: dict[str, tuple[str, ...]] = {"up": ("job",)}
    sources = (vars(agent.metrics), vars(control.metrics.Metrics()), vars(state_gateway.metrics.Metrics()))
    for metric in (each for source in sources for each in source.values() if isinstance(each, MetricWrapperBase)):
        described = next(iter(metric.describe()))
        for suffix in _SUFFIXES[described.type]:
            extra = ("le",) if suffix == "_bucket" else ()
            found[described.name + suffix] = (*metric._labelnames, *extra)
    return found
