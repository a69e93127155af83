"""Every metric of control. One set per application, in a registry of its own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

# The caller shall hear somebody within 2 s of the death: the lease's 1 s, this, and the new worker's start.
_TAKEOVER_S = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0, 30.0)

# Around what an answer should take (700 ms) and what callers take for a dead line (2 s).
_WAITS_S = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
# The real egress is done within 4 s of the end; from 45 s on a recording is missing (control/recordings/).
_PROOF_S = (1.0, 2.0, 3.0, 4.0, 5.0, 7.5, 10.0, 15.0, 30.0, 45.0, 60.0, 300.0, 3600.0)


class Metrics:
    """`reason` of a take-over: given_up (its parent saw it die), lapsed, no_lease (the store had forgotten it).

    `result` of a ping: alive, silent, absent (not in the room), unknown (the media server could not be asked).
    `state` of an outbound call: calls/outbound.py; `reason` of a refusal: sip/outbound/reasons.py.
    """

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.takeovers = Counter(
            "control_takeovers", "Calls given to a new worker, by how we knew.", ["reason"], registry=registry
        )
        self.takeover = Histogram(
            "control_takeover_seconds",
            "From a lease's running out to the new worker's dispatch.",
            buckets=_TAKEOVER_S,
            registry=registry,
        )
        self.pings = Counter("control_pings", "Second opinions, by what came of them.", ["result"], registry=registry)
        self.orphan_rooms = Counter(
            "control_orphan_rooms_closed", "Rooms deleted because no living agent was in them.", registry=registry
        )
        self.calls_failed = Counter(
            "control_calls_closed_as_failed",
            "Calls whose end control wrote: end_never_written, worker_lost (nobody took them over).",
            ["failure"],
            registry=registry,
        )
        self.webhooks = Counter(
            "control_webhooks", "Webhooks: news, known (a repeat), refused.", ["outcome"], registry=registry
        )
        self.outbound_calls = Counter(
            "control_outbound_calls", "Calls that we make, by each state they came to.", ["state"], registry=registry
        )
        self.outbound_refused = Counter(
            "control_outbound_refused",
            "Calls that were asked for and not made, by why not.",
            ["reason"],
            registry=registry,
        )
        self.outbound_open = Gauge(
            "control_outbound_open",
            "Calls that we make which are due and not over: the leader's last look.",
            registry=registry,
        )
        self.outbound_webhooks = Counter(
            "control_outbound_webhooks",
            "Changes told to whoever ordered the call: told, again (to be tried once more), lost.",
            ["outcome"],
            registry=registry,
        )
        self._of_recordings(registry)
        self.leading = Gauge("control_leading", "1 where this replica leads, 0 where it waits.", registry=registry)
        self.store_down = Gauge("control_store_down", "1 while the leader cannot read the leases.", registry=registry)
        self.loop_lag = Gauge(
            "control_loop_lag_seconds", "How late timers run: the last minute's 95th percentile.", registry=registry
        )

    def _of_recordings(self, registry: CollectorRegistry) -> None:
        self.recordings = Counter(
            "control_recordings",
            "Recordings, by what became of them (calls.recording.RecordingState); broken: a file that did not become"
            " what it should, of a call that may go on.",
            ["line", "result"],
            registry=registry,
        )
        self.recordings_missing = Gauge(
            "control_recordings_missing",
            "Calls whose recording is missing and still looked for: the leader's last look.",
            registry=registry,
        )
        self.recordings_oldest = Gauge(
            "control_recordings_oldest_seconds",
            "How long the oldest call of which it is not known yet whether its recording is there has ended.",
            registry=registry,
        )
        self.recording_proof = Histogram(
            "control_recording_proof_seconds",
            "From a call's end until its recording was known to be there.",
            buckets=_PROOF_S,
            registry=registry,
        )
        self.recordings_unmeasured = Counter(
            "control_recordings_unmeasured", "Recordings that are there and could not be measured.", registry=registry
        )
        self.waits = Histogram(
            "control_voice_to_voice_seconds",
            "From the caller's last sound to the agent's first, measured from the recordings of calls that have ended.",
            ["line"],
            buckets=_WAITS_S,
            registry=registry,
        )
        self.recordings_stopped = Counter(
            "control_recordings_stopped",
            "Recordings that nobody wanted, stopped: ghost (its call was over), second (beside another), unwanted.",
            ["reason"],
            registry=registry,
        )

    def page(self) -> bytes:
        """The registry in Prometheus' text format."""
        return generate_latest(self.registry)
