"""What Riva refuses in a request, before any audio is heard.

The text about an unavailable model is Riva's own (seen in nvidia-riva/python-clients issue 62, checked 2026-11-21); the
others say the same in its manner: their wording was not seen on a real server.
"""

from dataclasses import dataclass

from riva.client.proto.riva_asr_pb2 import EndpointingConfig, RecognitionConfig, StreamingRecognizeRequest
from riva.client.proto.riva_audio_pb2 import AudioEncoding

from local.stand_ins.riva.audio import RATES
from local.stand_ins.riva.endpoint import Endpointing

LANGUAGE = "en-US"
_WINDOWS = ("start_history", "stop_history", "stop_history_eou")
_SHARES = ("start_threshold", "stop_threshold", "stop_threshold_eou")
_LONGEST_WINDOW_MS = 10_000


class BadRequest(Exception):
    """INVALID_ARGUMENT, with the text for the client."""


@dataclass(frozen=True)
class Wanted:
    """What a client asked for."""

    rate: int
    endpointing: Endpointing
    interim: bool
    word_times: bool
    punctuation: bool


def streaming(first: StreamingRecognizeRequest, model: str) -> Wanted:
    """The configuration in a stream's first message. Raises BadRequest."""
    if not first.HasField("streaming_config"):
        raise BadRequest("Error: First message of a stream must contain streaming_config")
    return recognition(first.streaming_config.config, model, "online", interim=first.streaming_config.interim_results)


def recognition(config: RecognitionConfig, model: str, kind: str, *, interim: bool = False) -> Wanted:
    """The configuration of one recognition; `kind` is Riva's word, "online" or "offline". Raises BadRequest."""
    if config.encoding != AudioEncoding.LINEAR_PCM:
        raise BadRequest(
            f"Error: Unsupported audio encoding {AudioEncoding.Name(config.encoding)}; this server hears LINEAR_PCM"
        )
    if config.sample_rate_hertz not in RATES:
        raise BadRequest(
            f"Error: Invalid sample_rate_hertz {config.sample_rate_hertz}; must be one of {', '.join(map(str, RATES))}"
        )
    if config.audio_channel_count > 1:
        raise BadRequest(f"Error: audio_channel_count {config.audio_channel_count} is not supported; send one channel")
    if config.max_alternatives < 0:
        raise BadRequest("Error: max_alternatives must not be negative")
    if config.language_code.lower() != LANGUAGE.lower() or config.model not in ("", model):
        raise BadRequest(_unavailable(config, kind))
    return Wanted(
        rate=config.sample_rate_hertz,
        endpointing=_endpointing(config.endpointing_config),
        interim=interim,
        word_times=config.enable_word_time_offsets,
        punctuation=config.enable_automatic_punctuation,
    )


def _unavailable(config: RecognitionConfig, kind: str) -> str:
    asked = f"model={config.model}; " if config.model else ""
    return (
        f"Error: Unavailable model requested given these parameters: {asked}language_code={config.language_code}; "
        f"sample_rate={config.sample_rate_hertz}; type={kind}; "
    )


def _endpointing(config: EndpointingConfig) -> Endpointing:
    """The windows and shares given, Riva's defaults for the rest; 0 or less means "default", as it does to Riva."""
    given: dict[str, float] = {}
    for name in _WINDOWS:
        value = getattr(config, name)
        if value > _LONGEST_WINDOW_MS:
            raise BadRequest(f"Error: endpointing_config.{name} {value} ms is too long")
        if value > 0:
            given[f"{name}_ms"] = value
    for name in _SHARES:
        value = getattr(config, name)
        if value > 1:
            raise BadRequest(f"Error: endpointing_config.{name} must be between 0 and 1")
        if value > 0:
            given[name] = value
    return Endpointing(**given)  # type: ignore[arg-type]
