"""What control reads from its environment: CONTROL_..., and LIVEKIT_..., STATE_..., LOG_... as the agent does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, field_validator

from control.dialling.hooks import places
from ops import settings as shared
from ops.bucket_settings import BucketSettings
from ops.store_settings import StoreSettings

_ROOT = Path(__file__).parent.parent
_Place = Annotated[Path, AfterValidator(lambda path: _ROOT / path), Field(validate_default=True)]
_KEY_LENGTH = 20


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


class State(StoreSettings):
    """The store that the workers write to."""

    url: str = Field(
        validation_alias="STATE_URL",
        description="the workers' own store: redis://, rediss://, or http(s):// of a state gateway",
        pattern=r"^(rediss?|https?)://\S+$",
    )
    keep_days: float = Field(30.0, validation_alias="STATE_KEEP_DAYS", description="how long a call is kept", gt=0)


class Outbound(shared.Settings):
    """The API that orders calls. Without a key it is off, and nothing is ever dialled."""

    api_key: SecretStr = Field(
        SecretStr(""),
        validation_alias="CONTROL_API_KEY",
        description="who has it may order calls (`/v1/calls`), 20 characters or more; none: that API is off",
    )
    call_center_config: _Place = Field(
        Path("config/callcenter.yaml"),
        validation_alias="CALL_CENTER_CONFIG",
        description="which lines may call whom, read where the API is on; counted from the repository's root",
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""), validation_alias="CONTROL_WEBHOOK_SECRET", description="signs what is posted to `webhook`s"
    )
    webhook_hosts: str = Field(
        "",
        validation_alias="CONTROL_WEBHOOK_HOSTS",
        description='where `webhook`s may be, with commas: "crm.example.com, http://127.0.0.1:9000"; none: nowhere',
    )

    @field_validator("webhook_hosts")
    @classmethod
    def _are_hosts(cls, value: str) -> str:
        places(value)
        return value

    @field_validator("api_key", "webhook_secret")
    @classmethod
    def _is_long(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < _KEY_LENGTH:
            raise ValueError(f"shorter than {_KEY_LENGTH} characters")
        return value


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
    outbound: Outbound
    recordings: BucketSettings
    logs: Logs


MODELS: dict[str, type[shared.Settings]] = {
    "server": Server,
    "livekit": Livekit,
    "worker": Worker,
    "state": State,
    "outbound": Outbound,
    "recordings": BucketSettings,
    "logs": Logs,
}


def load() -> ControlSettings:
    """Read the environment. Raises ops.settings.BadSettings with every mistake at once."""
    return ControlSettings(**shared.load(MODELS))
