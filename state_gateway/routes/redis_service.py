"""What the routes to Redis need, put together by build.py."""

from __future__ import annotations

from dataclasses import dataclass

from state_gateway.cached_redis import CachedRedis
from state_gateway.redis_pool import RedisPool
from state_gateway.security.admission import Admission


@dataclass(frozen=True, slots=True)
class RedisService:
    """`body_bytes`: largest body; `most_commands`: in one pipeline or transaction."""

    admission: Admission
    redis: RedisPool | CachedRedis
    body_bytes: int
    most_commands: int
