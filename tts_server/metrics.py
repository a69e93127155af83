"""Every metric of the speech server. One set per application, in a registry of its own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

# Voice-to-voice has 700 ms; speech may take 150 ms of it to the first byte. Offline engines need 5 to 50.
_FIRST_BYTE_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0)
_AUDIO_S = (0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300)


class Metrics:
    """`outcome`: done, client_gone, full, broken, refused, stalled (the caller did not read), stopped (so was
    the server, or it has a bug)."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "tts_http_requests", "Answers, by route and status code.", ["route", "status"], registry=registry
        )
        self.speeches = Counter(
            "tts_speeches", "Speech requests, by how they ended.", ["engine", "outcome"], registry=registry
        )
        self.first_byte = Histogram(
            "tts_first_byte_seconds",
            "From the request's arrival to its first audio byte, queue included.",
            ["engine"],
            buckets=_FIRST_BYTE_S,
            registry=registry,
        )
        self.audio = Histogram(
            "tts_audio_seconds", "Length of the audio of one request.", ["engine"], buckets=_AUDIO_S, registry=registry
        )
        self.characters = Counter(
            "tts_input_characters", "Characters of accepted requests.", ["engine"], registry=registry
        )
        self.speaking = Gauge("tts_speaking_requests", "Requests being spoken now.", registry=registry)
        self.queued = Gauge("tts_queued_requests", "Requests waiting for their turn now.", registry=registry)

    def page(self) -> bytes:
        """The registry in Prometheus' text format."""
        return generate_latest(self.registry)
