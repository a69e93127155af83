"""Which way to the state each call's worker takes, changed at run time: straight to Redis or through the gateway.

Both ways lead to the same data, so a call may begin on one and be taken over on the other. `python -m control flags`
writes the flags; what they say holds for calls that begin afterwards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

REDIS, GATEWAY = "redis", "gateway"
ROUTES = (REDIS, GATEWAY)
KEY = "flags"
"""The flags' key in the store, after the prefix."""


@dataclass(frozen=True, slots=True)
class Flags:
    """`personas` are asked first, then `percent_gateway` of the calls go through the gateway, the others by `default`;
    None: as STATE_URL says."""

    default: str | None = None
    personas: Mapping[str, str] = field(default_factory=dict)
    percent_gateway: int = 0

    def route(self, call_id: str, persona: str) -> str | None:
        """One of ROUTES, or None: as STATE_URL says. The same for the same call, whoever asks; a raised percentage
        moves no call back."""
        if (named := self.personas.get(persona)) is not None:
            return named
        share = int.from_bytes(hashlib.sha256(call_id.encode()).digest()[:8], "big") % 100
        return GATEWAY if share < self.percent_gateway else self.default


ROLLBACK = Flags(default=REDIS)
"""Every call straight to Redis."""


class FlagKeeper(Protocol):
    """Where the flags are kept. Both raise StoreDown."""

    async def read(self) -> Flags: ...

    async def write(self, flags: Flags) -> None: ...

    async def aclose(self) -> None: ...


def encode(flags: Flags) -> str:
    return json.dumps(asdict(flags) | {"personas": dict(flags.personas)}, sort_keys=True)


def decode(text: str | bytes | None) -> Flags:
    """The flags in `text`; what is not understood, or not there, is as if it had not been said. Never raises."""
    try:
        found: Any = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return Flags()
    if not isinstance(found, dict):
        return Flags()
    default, personas, percent = (found.get(name) for name in ("default", "personas", "percent_gateway"))
    if not isinstance(personas, dict):
        personas = {}
    if isinstance(percent, bool) or not isinstance(percent, int | float) or percent != percent:
        percent = 0
    return Flags(
        default if default in ROUTES else None,
        {str(name): route for name, route in personas.items() if route in ROUTES},
        int(min(100, max(0, percent))),
    )
