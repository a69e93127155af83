"""What the gateway reads from its environment about objects. Variables: STATE_GATEWAY_..., STORAGE_EMULATOR_HOST."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from ops.settings import Settings

MIB = 1024 * 1024


class StorageSettings(Settings):
    """The bucket, and how much and how long one object may take. Bytes and seconds."""

    model_config = SettingsConfigDict(env_prefix="STATE_GATEWAY_")

    bucket: str = Field(default="", description="the one bucket objects are kept in; unset: /storage/* answers 503")
    emulator: str = Field(
        default="",
        validation_alias="STORAGE_EMULATOR_HOST",
        description="http://host:port of fake-gcs-server; nothing is signed there",
    )
    signer_email: str = Field(
        default="", description="service account that signs URLs through IAM; unset: the gateway's own account"
    )
    direct_bytes: int = Field(
        default=8 * MIB, ge=0, description="a larger read is answered with a redirect to a signed URL"
    )
    object_bytes: int = Field(default=512 * MIB, ge=1, description="largest object that may be written; then 413")
    signed_s: int = Field(default=3600, ge=60, le=604_800, description="life of a signed URL")
    storage_threads: int = Field(default=16, ge=1, le=256, description="calls to the bucket at once")
    storage_wait_s: float = Field(default=2.0, gt=0, description="longest wait for one of those places; then 503")
    storage_connect_s: float = Field(default=3.0, gt=0, description="longest time to connect to the bucket")
    storage_read_s: float = Field(default=10.0, gt=0, description="longest silence of the bucket")
    storage_retry_s: float = Field(default=6.0, gt=0, description="how long a failed call to the bucket is repeated")
    upload_part_s: float = Field(
        default=60.0, gt=0, description="longest time a client may take to send 1 MiB of an object; then 408"
    )
    object_send_s: float = Field(default=30.0, gt=0, description="longest time a client may leave an object unread")
