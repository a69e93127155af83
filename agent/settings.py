"""The worker's environment: one model per concern, read once in main and passed on. The names are an interface
(docs/environment.md, generated); every secret may also come from a file named by NAME_FILE.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from ops import settings as shared
from ops.bucket_settings import BucketSettings
from ops.store_settings import StoreSettings

_ROOT = Path(__file__).parent.parent
# Job processes and the parent may have been started anywhere: one place for all of them.
_Place = Annotated[Path, AfterValidator(lambda path: _ROOT / path), Field(validate_default=True)]
_Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$", strip_whitespace=True)]


class Livekit(shared.Settings):
    """Where the worker registers. Empty is allowed for `console`, which needs no server."""

    url: str = Field(
        "",
        validation_alias="LIVEKIT_URL",
        description="the server the worker registers with; `console` needs none",
        pattern=r"^(wss?://\S+)?$",
    )
    api_key: str = Field("", validation_alias="LIVEKIT_API_KEY")
    api_secret: SecretStr = Field(SecretStr(""), validation_alias="LIVEKIT_API_SECRET")


class Worker(shared.Settings):
    """How many calls this worker takes and where it keeps its files."""

    agent_name: str = Field(
        "receptionist",
        validation_alias="AGENT_NAME",
        description="the name that dispatch rules and dispatches ask for",
        min_length=1,
    )
    call_center_config: _Place = Field(
        Path("config/callcenter.yaml"),
        validation_alias="CALL_CENTER_CONFIG",
        description="lines, personas' folder beside it; counted from the repository's root",
    )
    max_calls: int = Field(
        25,
        validation_alias="AGENT_MAX_CALLS",
        description="calls at once; the worker then reports itself full",
        ge=1,
        le=1000,
    )
    warm_processes: int = Field(
        2,
        validation_alias="AGENT_WARM_PROCESSES",
        description="job processes kept ready for the next call",
        ge=0,
        le=64,
    )
    drain_s: float = Field(
        3600.0,
        validation_alias="AGENT_DRAIN_S",
        description="how long SIGTERM waits for calls to end; keep it below the platform's own grace period",
        ge=0,
    )
    http_host: str = Field(
        "", validation_alias="AGENT_HTTP_HOST", description="address of the health check; empty: all"
    )
    http_port: int = Field(
        8081, validation_alias="AGENT_HTTP_PORT", description="GET / and GET /worker; 0: any free port", ge=0, le=65535
    )
    metrics_port: int | None = Field(
        None, validation_alias="METRICS_PORT", description="Prometheus' GET /metrics; unset: none", ge=0, le=65535
    )
    state_dir: _Place = Field(
        Path("var/agent"),
        validation_alias="AGENT_STATE_DIR",
        description="diary, rendered phrases, spilled events, workers' own tracks; counted from the repository's root",
    )


class Hearing(shared.Settings):
    """Speech to text. `plugin` is ours (riva) or NVIDIA's stock plugin for its hosted endpoint (nvidia)."""

    uri: str = Field(
        "localhost:50051", validation_alias="RIVA_URI", description="host:port of Riva's gRPC", pattern=r"^[^/\s]+:\d+$"
    )
    ssl: bool = Field(False, validation_alias="RIVA_SSL", description="TLS to Riva")
    model: str = Field("", validation_alias="RIVA_MODEL", description="empty: Riva's own choice for the language")
    plugin: Literal["riva", "nvidia"] = Field(
        "riva",
        validation_alias="STT_PLUGIN",
        description="riva (ours) or nvidia (the stock plugin, for NVIDIA's hosted endpoint)",
    )
    api_key: SecretStr = Field(
        SecretStr(""), validation_alias="NVIDIA_API_KEY", description="for NVIDIA's hosted endpoint"
    )


class Thinking(shared.Settings):
    """The language model, and a second one for when the first is down."""

    base_url: _Url = Field(
        "http://localhost:8000/v1", validation_alias="LLM_BASE_URL", description="an OpenAI-compatible server, with /v1"
    )
    model: str = Field("default", validation_alias="LLM_MODEL", min_length=1)
    api_key: SecretStr = Field(SecretStr("none"), validation_alias="LLM_API_KEY")
    fallback_base_url: _Url | None = Field(
        None, validation_alias="LLM_FALLBACK_BASE_URL", description="asked when the first is down"
    )
    fallback_model: str = Field("default", validation_alias="LLM_FALLBACK_MODEL", min_length=1)
    fallback_api_key: SecretStr = Field(SecretStr("none"), validation_alias="LLM_FALLBACK_API_KEY")


class Speaking(shared.Settings):
    """Text to speech: any server of POST {base_url}/audio/speech."""

    base_url: _Url = Field(
        "http://localhost:8200/v1",
        validation_alias="TTS_BASE_URL",
        description="a server of POST /audio/speech, with /v1",
    )
    model: str = Field("tts-1", validation_alias="TTS_MODEL", min_length=1)
    api_key: SecretStr = Field(SecretStr(""), validation_alias="TTS_API_KEY")


class State(StoreSettings):
    """Where call records are kept. What other processes can read, another worker can take over."""

    url: str = Field(
        "memory://",
        validation_alias="STATE_URL",
        description="memory:// (this process only), memory:///directory (and left there as JSON), redis://, rediss://, "
        "or http(s):// of a state gateway or Upstash",
        pattern=r"^(memory://\S*|(rediss?|https?)://\S+)$",
    )
    keep_days: float = Field(30.0, validation_alias="STATE_KEEP_DAYS", description="how long a call is kept", gt=0)
    redis_url: str | None = Field(
        None,
        validation_alias="STATE_REDIS_URL",
        description="the way `redis` of the flags (`python -m control flags`); unset: calls sent there use STATE_URL",
        pattern=r"^rediss?://\S+$",
    )
    gateway_url: str | None = Field(
        None,
        validation_alias="STATE_GATEWAY_URL",
        description="the way `gateway` of the flags; unset: calls sent there use STATE_URL",
        pattern=r"^https?://\S+$",
    )


class Cards(shared.Settings):
    """Where card numbers go that callers type. Without it none is asked for."""

    safe_url: str | None = Field(
        None,
        validation_alias="CARD_SAFE_URL",
        description="gets card numbers that callers type, by POST of {call_id, card_number}; unset: none is asked for",
        pattern=r"^https://\S+$",
    )
    safe_token: SecretStr = Field(
        SecretStr(""), validation_alias="CARD_SAFE_TOKEN", description="the bearer's secret for CARD_SAFE_URL"
    )


class Logs(shared.Settings):
    format: Literal["json", "console"] = Field("json", validation_alias="LOG_FORMAT", description="json or console")
    pii: bool = Field(
        False, validation_alias="LOG_PII", description="write what callers say and their numbers to the logs"
    )


@dataclass(frozen=True, slots=True)
class Settings:
    livekit: Livekit
    worker: Worker
    hearing: Hearing
    thinking: Thinking
    speaking: Speaking
    state: State
    recording: BucketSettings
    cards: Cards
    logs: Logs


MODELS: dict[str, type[shared.Settings]] = {
    "livekit": Livekit,
    "worker": Worker,
    "hearing": Hearing,
    "thinking": Thinking,
    "speaking": Speaking,
    "state": State,
    "recording": BucketSettings,
    "cards": Cards,
    "logs": Logs,
}


def load() -> Settings:
    """Read the environment. Raises ops.settings.BadSettings with every mistake at once."""
    return Settings(**shared.load(MODELS))
