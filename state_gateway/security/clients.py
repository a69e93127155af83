"""Who may use the gateway, and what each may do: what the clients file says, ready to be asked in microseconds."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Signing = Literal["required", "optional", "off"]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_KEY_BYTES = 512
MAX_VALUE_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Rate:
    """`amount` requests in any `seconds`."""

    amount: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Client:
    """One user of the gateway.

    `prefixes` end with ":" and `objects_read`/`objects_write` with "/" (or are "" for the whole bucket), so that
    "calls" does not open "callsigns". `commands` are upper case. `scripts`: SHA-1 digests in lower-case hexadecimal.
    `networks` empty: from anywhere.
    """

    name: str
    prefixes: tuple[bytes, ...]
    commands: frozenset[bytes]
    scripts: frozenset[bytes] = frozenset()
    networks: tuple[Network, ...] = ()
    rate: Rate | None = None
    max_concurrent: int = 64
    signing: Signing = "optional"
    objects_read: tuple[str, ...] = ()
    objects_write: tuple[str, ...] = ()
    max_key_bytes: int = MAX_KEY_BYTES
    max_value_bytes: int = MAX_VALUE_BYTES


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One of a client's keys. `digest`: SHA-256 of the whole key, 32 bytes. Times: epoch seconds."""

    id: str
    client: Client
    digest: bytes
    expires: float | None = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Clients:
    """One reading of the clients file."""

    keys: Mapping[str, ApiKey] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(key.client.name for key in self.keys.values())
