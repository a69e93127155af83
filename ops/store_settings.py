"""How a service reaches the shared store: the environment's STATE_..., which means the same to all of them."""

from __future__ import annotations

from pydantic import Field, SecretStr

from ops.settings import Settings


class StoreSettings(Settings):
    """A service's own model says in its `url` which store is meant."""

    url: str = Field(validation_alias="STATE_URL", pattern=r"^(rediss?|https?)://\S+$")
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
