"""What control reads from its environment: CONTROL_..., and LIVEKIT_..., STATE_..., LOG_... as the agent does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field, SecretStr

from ops import settings as shared


class Server(shared.Settings):
    """Where it listens."""

    host: str = Field(
        "127.0.0.1", validation_alias="CONTROL_HOST", description="address to listen on; 0.0.0.0 in a container"
    )
    port: int = Field(8400, validation_alias="CONTROL_PORT", description="0: any free port", ge=0, le=65535)


class Livekit(shared.Settings):
    """The server whose rooms it looks after, and whose webhooks it believes."""

    url: str = Field(
        validation_alias="LIVEKIT_URL",
        description="the server whose rooms it looks after",
        pattern=r"^(wss?|https?)://\S+$",
    )
    api_key: str = Field(validation_alias="LIVEKIT_API_KEY", description="signs its questions", min_length=1)
    api_secret: SecretStr = Field(
        validation_alias="LIVEKIT_API_SECRET", description="also checks the webhooks' signature", min_length=1
    )


class Worker(shared.Settings):
    """Whom to send where nothing else says."""

    agent_name: str = Field(
        "receptionist",
        validation_alias="AGENT_NAME",
        description="sent into a room whose own worker's name is not known any more",
        min_length=1,
    )


class State(shared.Settings):
    """The store that the workers write to."""

    url: str = Field(
        validation_alias="STATE_URL",
        description="the workers' own store: redis://, rediss://, or http(s):// of a state gateway",
        pattern=r"^(rediss?|https?)://\S+$",
    )
    api_key: SecretStr = Field(
        SecretStr(""), validation_alias="STATE_API_KEY", description="for a state gateway or Upstash"
    )
    signing_key: SecretStr = Field(
        SecretStr(""), validation_alias="STATE_SIGNING_KEY", description="signs requests to the state gateway"
    )
    prefix: str = Field(
        "switchboard",
        validation_alias="STATE_PREFIX",
        description="what every key in the store begins with",
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
    )
    keep_days: float = Field(30.0, validation_alias="STATE_KEEP_DAYS", description="how long a call is kept", gt=0)


class Logs(shared.Settings):
    format: Literal["json", "console"] = Field("json", validation_alias="LOG_FORMAT", description="json or console")
    pii: bool = Field(
        False, validation_alias="LOG_PII", description="true: keys that start with pii_ are written to the logs"
    )


@dataclass(frozen=True, slots=True)
class ControlSettings:
    server: Server
    livekit: Livekit
    worker: Worker
    state: State
    logs: Logs


MODELS: dict[str, type[shared.Settings]] = {
    "server": Server,
    "livekit": Livekit,
    "worker": Worker,
    "state": State,
    "logs": Logs,
}


def load() -> ControlSettings:
    """Read the environment. Raises ops.settings.BadSettings with every mistake at once."""
    return ControlSettings(**shared.load(MODELS))
