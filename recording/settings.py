"""What `python -m recording` reads from its environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

import config.load as config
from config.model import CallCenter
from ops import settings as shared
from ops.bucket_settings import BucketSettings
from ops.store_settings import StoreSettings

_Model = TypeVar("_Model", bound=shared.Settings)
_ROOT = Path(__file__).parent.parent
_Place = Annotated[Path, AfterValidator(lambda path: _ROOT / path), Field(validate_default=True)]


class Shelf(BucketSettings):
    """The bucket, which a command needs; and what is not every service's to know."""

    bucket: str = Field(
        validation_alias="RECORDING_BUCKET",
        description="the Cloud Storage bucket that egress writes recordings to",
        pattern=r"^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$",
    )
    signer_email: str = Field(
        "",
        validation_alias="RECORDING_SIGNER_EMAIL",
        description="service account that signs addresses to listen at, through IAM; unset: the account's own",
    )
    kms_key: str = Field(
        "",
        validation_alias="RECORDING_KMS_KEY",
        description="of `bucket apply`: projects/P/locations/L/keyRings/R/cryptoKeys/K that encrypts what is written",
        pattern=r"^$|^projects/[^/\s]+/locations/[^/\s]+/keyRings/[^/\s]+/cryptoKeys/[^/\s]+$",
    )


class State(StoreSettings):
    """The store with the calls' records and what was said in them."""

    url: str = Field(
        validation_alias="STATE_URL",
        description="the agent's own store: redis://, rediss://, or http(s):// of a state gateway",
        pattern=r"^(rediss?|https?)://\S+$",
    )


class Lines(shared.Settings):
    """What the lines record, and for how long it is kept."""

    call_center_config: _Place = Field(
        Path("config/callcenter.yaml"),
        validation_alias="CALL_CENTER_CONFIG",
        description="of `bucket`: lines and their policy; counted from the repository's root",
    )


MODELS: dict[str, type[shared.Settings]] = {"shelf": Shelf, "state": State, "lines": Lines}


def shelf() -> Shelf:
    """Raises ops.settings.BadSettings with every mistake at once, as all of these do."""
    return _one("shelf", Shelf)


def state() -> State:
    return _one("state", State)


def both() -> tuple[Shelf, State]:
    found = shared.load({"shelf": Shelf, "state": State})
    return found["shelf"], found["state"]


def call_center() -> CallCenter:
    """Raises also config.problems.ConfigError. Which tools there are is the agent's to know."""
    return config.load(_one("lines", Lines).call_center_config, known_tools=None)


def _one(name: str, model: type[_Model]) -> _Model:
    found: _Model = shared.load({name: model})[name]
    return found
