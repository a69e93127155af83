"""Hearing: a client of Riva's streaming recognition that outlives Riva's restarts.

Protocol: nvidia-riva-client 2.27.0 (riva_asr.proto; docs.nvidia.com/nim/riva/asr, checked November 2026).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc
import riva.client.proto.riva_asr_pb2 as pb
import riva.client.proto.riva_asr_pb2_grpc as pbg
from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions, stt
from livekit.agents.types import NOT_GIVEN, NotGivenOr
from livekit.agents.utils import AudioBuffer, is_given
from riva.client.proto.riva_audio_pb2 import AudioEncoding

from agent.speech.riva_stream import RivaStream
from ops.clock import Clock, SystemClock

# A dead peer is noticed within 13 s even when nobody speaks. Pings at this pace are borne by a gRPC server with default
# settings as long as audio flows (75 s without an answer, grpcio 1.85.1); without a call none are sent.
_CHANNEL_OPTIONS = (
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 3_000),
    ("grpc.keepalive_permit_without_calls", 0),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1_000),  # also how long one attempt to connect may take
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.enable_retries", 0),  # retries are ours: only we know which audio is unheard
)


@dataclass(frozen=True, slots=True)
class RivaLimits:
    """Seconds, unless named otherwise. How long silence of Riva's is borne, and how much audio is kept for it."""

    finalize_s: float = 1.5  # from a flush to the final
    hung_s: float = 5.0  # from voiced audio to any answer at all
    loading_s: float = 60.0  # for a restarted Riva that refuses calls until its models are loaded
    replay_s: float = 30.0  # unheard audio kept for a Riva that comes back; also bounds memory
    idle_s: float = 0.5  # without a frame; then silence is fed, else Riva drops the sequence
    backoff_first_s: float = 0.1
    backoff_most_s: float = 1.0
    stable_at: float = 0.8  # stability from which an interim is announced as PREFLIGHT


class RivaSTT(stt.STT[Any]):
    """Riva at `uri` (host:port). One channel for all streams of this object, made at first use in the running loop.

    A stream goes on for as long as its input: an outage of Riva is reported as recoverable `error` events and through
    `on_outage`, and what the caller said meanwhile (the newest `limits.replay_s`) is recognised when Riva is back.
    Only what cannot heal (bad credentials; a wrong model or language at the first call) ends it, with a non-recoverable
    error. A Riva that has answered and then knows the model no more is loading it: it is given `limits.loading_s`.
    `endpointing_ms`: silence after which Riva itself ends an utterance (stop_history); None leaves its own default.
    A flush ends it at once. Close it with `aclose`, which takes no longer than an event loop's turn.
    """

    def __init__(
        self,
        uri: str,
        *,
        ssl: bool = False,
        model: str = "",
        language: str = "en-US",
        sample_rate: int = 16000,
        endpointing_ms: int | None = None,
        limits: RivaLimits | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True,
                interim_results=True,
                aligned_transcript="word",
                offline_recognize=False,
                manual_flush=True,
            )
        )
        self._uri, self._ssl, self._model, self.language = uri, ssl, model, language
        self.sample_rate, self._endpointing_ms = sample_rate, endpointing_ms
        self.limits, self._clock = limits or RivaLimits(), clock or SystemClock()
        self._channel: grpc.aio.Channel | None = None
        self._listeners: list[Callable[[float | None], None]] = []
        self._deaf_since: float | None = None

    def __repr__(self) -> str:
        return f"<RivaSTT {self._uri} {'deaf' if self._deaf_since is not None else 'hearing'}>"

    @property
    def model(self) -> str:
        return self._model or "riva-default"

    @property
    def provider(self) -> str:
        return "nvidia-riva"

    @property
    def deaf_since(self) -> float | None:
        """Monotonic seconds of the clock at which Riva was lost; None while it is there."""
        return self._deaf_since

    def on_outage(self, callback: Callable[[float | None], None]) -> None:
        """`callback(deaf_since)` when Riva is lost, `callback(None)` when it is back. It must not block or raise."""
        self._listeners.append(callback)

    def lost(self) -> None:
        """A stream has lost Riva."""
        if self._deaf_since is None:
            self._deaf_since = self._clock.monotonic()
            self._tell(self._deaf_since)

    def found(self) -> None:
        """A stream hears again."""
        if self._deaf_since is not None:
            self._deaf_since = None
            self._tell(None)

    def prewarm(self) -> None:
        """Begin to connect. To be called in a running loop."""
        self._open().get_state(try_to_connect=True)

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> RivaStream:
        spoken = str(language) if is_given(language) else self.language
        stub = pbg.RivaSpeechRecognitionStub(self._open())
        return RivaStream(
            stt=self, conn_options=conn_options, call=stub.StreamingRecognize, config=self._config(spoken)
        )

    async def aclose(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close(0)

    async def _recognize_impl(
        self, buffer: AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        raise NotImplementedError("RivaSTT streams only")

    def _open(self) -> grpc.aio.Channel:
        if self._channel is None:
            self._channel = (
                grpc.aio.secure_channel(self._uri, grpc.ssl_channel_credentials(), options=_CHANNEL_OPTIONS)
                if self._ssl
                else grpc.aio.insecure_channel(self._uri, options=_CHANNEL_OPTIONS)
            )
        return self._channel

    def _config(self, language: str) -> pb.StreamingRecognitionConfig:
        config = pb.RecognitionConfig(
            encoding=AudioEncoding.LINEAR_PCM,
            sample_rate_hertz=self.sample_rate,
            language_code=language,
            model=self._model,
            max_alternatives=1,
            audio_channel_count=1,
            enable_word_time_offsets=True,
            enable_automatic_punctuation=True,
        )
        if self._endpointing_ms is not None:
            config.endpointing_config.CopyFrom(pb.EndpointingConfig(stop_history=self._endpointing_ms))
        return pb.StreamingRecognitionConfig(config=config, interim_results=True)

    def _tell(self, deaf_since: float | None) -> None:
        for callback in self._listeners:
            callback(deaf_since)
