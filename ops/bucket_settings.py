"""Which bucket recordings lie in: the environment's RECORDING_..., which means the same to every service."""

from __future__ import annotations

from pydantic import Field

from ops.settings import Settings


class BucketSettings(Settings):
    """Credentials are Google's own (Workload Identity, GOOGLE_APPLICATION_CREDENTIALS)."""

    bucket: str = Field(
        "",
        validation_alias="RECORDING_BUCKET",
        description="the Cloud Storage bucket that egress writes recordings to",
        pattern=r"^$|^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$",
    )
    prefix: str = Field(
        "recordings",
        validation_alias="RECORDING_PREFIX",
        description="what the name of every recording begins with",
        pattern=r"^[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){0,3}$",
    )
    emulator: str = Field(
        "",
        validation_alias="STORAGE_EMULATOR_HOST",
        description="http://host:port of fake-gcs-server; unset: Google's own",
    )
