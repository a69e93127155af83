"""Does Redis keep what it confirmed? It evicts where maxmemory is set and the policy is another than noeviction: the
records of calls live for days with an expiry, and would be the first to go, silently."""

from __future__ import annotations

from ops.deadline import deadline
from state_gateway.batching import Lanes
from state_gateway.lane import Lost, NotSent
from state_gateway.metrics import Metrics


class RedisHealth:
    def __init__(self, redis: Lanes, metrics: Metrics) -> None:
        self._redis, self._metrics = redis, metrics

    async def look(self, seconds: float) -> None:
        """Brings the metrics up to date; they stay as they were where Redis does not answer or does not tell."""
        try:
            async with deadline(seconds, "redis"):
                replies = await self._redis.run([(b"INFO", b"stats"), (b"INFO", b"memory")], text=True)
        except (Lost, NotSent, TimeoutError):
            return
        told: dict[str, str] = {}
        for reply in replies:
            if isinstance(reply, str):
                told |= dict(line.split(":", 1) for line in reply.splitlines() if ":" in line)
        if (evicted := told.get("evicted_keys", "")).isdigit():
            self._metrics.evicted_keys.set(int(evicted))
        if "maxmemory_policy" in told:
            may = told.get("maxmemory", "0") != "0" and told["maxmemory_policy"] != "noeviction"
            self._metrics.may_evict.set(int(may))
