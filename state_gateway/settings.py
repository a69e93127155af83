"""What the state gateway reads from its environment. All variables: STATE_GATEWAY_..., and LOG_FORMAT, LOG_PII."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from ops.settings import Settings, load
from state_gateway.redis_address import RedisAddress
from state_gateway.storage.settings import StorageSettings

_PREFIX = SettingsConfigDict(env_prefix="STATE_GATEWAY_")
_LONGEST_TTL_MS = 5_000


class Server(Settings):
    """Where it listens."""

    model_config = _PREFIX

    host: str = Field(default="127.0.0.1", description="address to listen on; 0.0.0.0 in a container")
    port: int = Field(default=8300, ge=0, le=65535, description="0: any free port")
    processes: int = Field(default=1, ge=1, le=64, description="processes that share the port, one a core")


class Redis(Settings):
    """Which Redis, and how it is spoken to."""

    model_config = _PREFIX

    redis_url: SecretStr = Field(
        default=SecretStr("redis://127.0.0.1:6379"), description="the primary: redis://, rediss:// or unix://"
    )
    redis_replica_url: SecretStr | None = Field(default=None, description="answers reads while the primary is gone")
    redis_lanes: int = Field(default=4, ge=1, le=64, description="connections to each Redis, of each process")
    redis_timeout_s: float = Field(default=1.0, gt=0, le=30, description="longest time for a command, queue included")

    @field_validator("redis_url", "redis_replica_url")
    @classmethod
    def _an_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            RedisAddress.parse(value.get_secret_value())
        return value


class Limits(Settings):
    """How much, and how long. Seconds and bytes."""

    model_config = _PREFIX

    body_bytes: int = Field(default=4_194_304, ge=1_024, description="largest body of a request; more is answered 413")
    answer_bytes: int = Field(
        default=8_388_608, ge=1_024, description="largest answer of Redis to one request; more is answered 413"
    )
    bodies_bytes: int = Field(
        default=67_108_864,
        ge=65_536,
        description="bodies in memory at once, of each process; more get 503. As much again for answers not read yet",
    )
    body_s: float = Field(default=10.0, gt=0, description="longest time a body may take to arrive; then 408")
    head_s: float = Field(default=10.0, gt=0, description="longest time a request's head may take; then closed")
    head_bytes: int = Field(default=32_768, ge=1_024, description="largest head of a request; more is closed")
    send_s: float = Field(default=30.0, gt=0, description="longest time a caller may leave its answer unread")
    connections: int = Field(default=2_000, ge=1, description="connections at once, of each process; more get 503")
    commands: int = Field(default=1_000, ge=1, description="largest number of commands in one pipeline or transaction")
    probe_s: float = Field(default=1.0, gt=0, description="longest time Redis may take to say that it is ready")


class Cache(Settings):
    """What GET may answer from memory."""

    model_config = _PREFIX

    cache: str = Field(default="", description="prefix=ttl_ms,...: key prefixes that GET may answer from memory")
    cache_entries: int = Field(default=10_000, ge=1, description="most entries, of each process")
    cache_bytes: int = Field(default=33_554_432, ge=1_024, description="most bytes of keys and values, of each process")

    @field_validator("cache")
    @classmethod
    def _readable(cls, value: str) -> str:
        _ttls(value)
        return value

    @property
    def ttls_s(self) -> dict[bytes, float]:
        """Seconds by key prefix."""
        return _ttls(self.cache)


class Security(Settings):
    """Who may do what, and what is written down about it."""

    model_config = _PREFIX

    keys_file: str = Field(
        default="var/gateway-clients.json",
        description="clients, their rights and the digests of their API keys (JSON, or YAML by its name)",
    )
    scripts_dir: str = Field(
        default="calls/stores/lua",
        description="the Lua scripts that clients may run, unless the clients file names others",
    )
    signing_root: SecretStr | None = Field(
        default=None, min_length=32, description="each key's signing secret is derived from it; unset: no signatures"
    )
    trusted_proxies: str = Field(
        default="", description="addresses or networks whose X-Forwarded-For is believed, separated by commas"
    )
    audit_file: str = Field(default="", description="where the audit log goes; unset: standard output")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for each in filter(None, (part.strip() for part in value.split(","))):
            ip_network(each)
        return value

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(ip_network(part.strip()) for part in self.trusted_proxies.split(",") if part.strip())


class Logs(Settings):
    """How log lines look."""

    model_config = SettingsConfigDict(env_prefix="LOG_")

    format: Literal["json", "console"] = "json"
    pii: bool = Field(default=False, description="true: keys that start with pii_ are written")


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    server: Server
    redis: Redis
    limits: Limits
    cache: Cache
    security: Security
    storage: StorageSettings
    logs: Logs


MODELS: dict[str, type[Settings]] = {
    "server": Server,
    "redis": Redis,
    "limits": Limits,
    "cache": Cache,
    "security": Security,
    "storage": StorageSettings,
    "logs": Logs,
}


def read() -> GatewaySettings:
    """Raises ops.settings.BadSettings with every mistake."""
    return GatewaySettings(**load(MODELS))


def _ttls(value: str) -> dict[bytes, float]:
    ttls: dict[bytes, float] = {}
    for part in filter(None, (each.strip() for each in value.split(","))):
        prefix, equals, ttl = part.rpartition("=")
        if not equals or not prefix or not ttl.isdigit() or not 1 <= int(ttl) <= _LONGEST_TTL_MS:
            raise ValueError(f"say prefix=ttl_ms,... with 1 to {_LONGEST_TTL_MS} ms")
        ttls[prefix.encode()] = int(ttl) / 1000
    return ttls
