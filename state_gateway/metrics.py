"""Every metric of the state gateway. One set per application, in a registry of its own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

# A read at call start has 300 ms; the alarm rings at 500. On one machine a request takes 1 ms.
_REQUEST_S = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 10.0)
_ROUND_TRIP_S = (0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
_CROSS_CLOUD_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)
_BATCH = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class Metrics:
    """`route` is a template of the routes' table, `code` one of errors.CODES or "ok": never what a caller typed."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "gateway_http_requests",
            "Answers, by route, status and code.",
            ["route", "status", "code"],
            registry=registry,
        )
        self.latency = Histogram(
            "gateway_http_request_seconds",
            "From a request's head to the end of its answer; refusals of strangers (401) are left out.",
            ["route"],
            buckets=_REQUEST_S,
            registry=registry,
        )
        self.client_latency = Histogram(
            "gateway_client_latency_seconds",
            "Round trip of its previous request as the client measured it (header X-Client-Latency-Ms).",
            buckets=_CROSS_CLOUD_S,
            registry=registry,
        )
        self.round_trip = Histogram(
            "gateway_redis_round_trip_seconds",
            "From the writing of a batch to its last reply.",
            buckets=_ROUND_TRIP_S,
            registry=registry,
        )
        self.batch_commands = Histogram(
            "gateway_redis_batch_commands", "Commands in one round trip.", buckets=_BATCH, registry=registry
        )
        self.redis_errors = Counter(
            "gateway_redis_failures",
            "Jobs that Redis did not answer: not_sent, lost, refused (loading, read only, out of memory).",
            ["kind"],
            registry=registry,
        )
        self.retries = Counter("gateway_redis_retries", "Reads that were sent again.", ["where"], registry=registry)
        self.cache = Counter(
            "gateway_cache_lookups", "Reads of cached prefixes: hit, miss, off.", ["outcome"], registry=registry
        )
        self.invalidated = Counter(
            "gateway_cache_invalidated", "Entries dropped because of a write.", registry=registry
        )
        self.rate_limited = Counter(
            "gateway_rate_limited", "Requests answered 429, by code: rate or concurrency.", ["code"], registry=registry
        )
        self._security(registry)
        self._live_gauges(registry)

    def _security(self, registry: CollectorRegistry) -> None:
        self.clients_file_ok = Gauge(
            "gateway_clients_file_ok",
            "1: the clients file is in use as it stands; 0: it is unusable, an older reading is in use.",
            registry=registry,
            multiprocess_mode="livemin",
        )
        self.audit_dropped = Counter(
            "gateway_audit_dropped", "Lines of the audit log that were not written.", registry=registry
        )
        self.rates_alone = Counter(
            "gateway_rates_alone", "Times that Redis did not count a rate, and this process did.", registry=registry
        )
        self.nonces_here = Counter(
            "gateway_nonces_here", "Signed requests whose nonce only this process could remember.", registry=registry
        )

    def _live_gauges(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, words: str, labels: tuple[str, ...] = ()) -> Gauge:
            return Gauge(name, words, labels, registry=registry, multiprocess_mode="livesum")

        self.in_flight = gauge("gateway_http_requests_in_flight", "Requests being answered now.")
        self.lanes_open = gauge("gateway_redis_lanes_open", "Connections that answer, by Redis.", ("redis",))
        self.lanes_in_use = gauge("gateway_redis_lanes_in_use", "Connections that carry a batch now.", ("redis",))
        self.evicted_keys, self.may_evict = (
            Gauge(name, words, registry=registry, multiprocess_mode="livemax")
            for name, words in (
                ("gateway_redis_evicted_keys", "Keys that Redis threw away for want of memory, since it started."),
                ("gateway_redis_may_evict", "1: Redis has a limit of memory and a policy other than noeviction."),
            )
        )
        self.cached_entries = gauge("gateway_cache_entries", "Entries in the read cache.")
        self.cached_bytes = gauge("gateway_cache_bytes", "Keys and values in the read cache.")
        self.loop_lag = Gauge(
            "gateway_loop_lag_seconds",
            "95th percentile of the last minute of how late the event loop runs its timers.",
            registry=registry,
            multiprocess_mode="livemax",
        )

    def page(self) -> bytes:
        """Prometheus' text format; of all processes, where several share the port."""
        if values.ValueClass.__name__ == "MmapedValue":
            shared = CollectorRegistry()
            MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
            return generate_latest(shared)
        return generate_latest(self.registry)
