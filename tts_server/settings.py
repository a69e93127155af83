"""What the speech server reads from its environment. All variables: TTS_SERVER_..., and LOG_FORMAT, LOG_PII."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from ops.settings import Settings, load
from tts_server.engines.registry import NAMES


class Server(Settings):
    """Where it listens, and who may speak."""

    model_config = SettingsConfigDict(env_prefix="TTS_SERVER_")

    host: str = Field(default="127.0.0.1", description="address to listen on; 0.0.0.0 in a container")
    port: int = Field(default=8200, ge=0, le=65535, description="0: any free port")
    api_key: SecretStr | None = Field(
        default=None, description="callers must send it as a Bearer token; unset: anyone may"
    )


class Engines(Settings):
    """Which engines are looked for."""

    model_config = SettingsConfigDict(env_prefix="TTS_SERVER_")

    engines: str = Field(
        default=",".join(NAMES), description="names, separated by commas; those that are installed are used"
    )

    @field_validator("engines")
    @classmethod
    def _known(cls, value: str) -> str:
        unknown = [name for name in _names(value) if name not in NAMES]
        if unknown or not _names(value):
            raise ValueError(f"choose from {', '.join(NAMES)}")
        return value

    @property
    def names(self) -> tuple[str, ...]:
        return _names(self.engines)


class Limits(Settings):
    """How much at once, and how long anything may take. Seconds."""

    model_config = SettingsConfigDict(env_prefix="TTS_SERVER_")

    max_concurrent: int = Field(default=16, ge=1, description="requests spoken at once")
    max_queue: int = Field(default=32, ge=0, description="requests that may wait for their turn; more are answered 429")
    queue_wait_s: float = Field(default=2.0, gt=0, description="longest wait in the queue; then 429")
    first_audio_s: float = Field(default=5.0, gt=0, description="longest wait for an engine's first audio; then 503")
    next_audio_s: float = Field(default=5.0, gt=0, description="longest silence of an engine in mid-speech")
    send_s: float = Field(default=30.0, gt=0, description="longest time a caller may leave its audio unread")
    body_s: float = Field(
        default=10.0, gt=0, description="longest time a caller may take to send its request; then 408"
    )
    body_bytes: int = Field(default=262_144, ge=4_096, description="largest request; more is answered 413")
    probe_s: float = Field(default=2.0, gt=0, description="longest time an engine may take to say that it is ready")


class Logs(Settings):
    """How log lines look."""

    model_config = SettingsConfigDict(env_prefix="LOG_")

    format: Literal["json", "console"] = "json"
    pii: bool = Field(default=False, description="true: keys that start with pii_ are written")


@dataclass(frozen=True, slots=True)
class TtsServerSettings:
    server: Server
    engines: Engines
    limits: Limits
    logs: Logs


MODELS: dict[str, type[Settings]] = {"server": Server, "engines": Engines, "limits": Limits, "logs": Logs}


def read() -> TtsServerSettings:
    """Raises ops.settings.BadSettings with every mistake."""
    return TtsServerSettings(**load(MODELS))


def _names(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
