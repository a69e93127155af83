"""Records as `STATE_URL=redis://` keeps them. The keys are an interface of the product (calls/stores/keyspace.py).

<prefix>:call:<call_id>    hash, field `record`: the newest snapshot
<prefix>:events:<call_id>  stream, field `e` of each entry: an event
<prefix>:late:<call_id>    hash of events that came after their place in the stream was taken
<prefix>:open              sorted set of the calls without an end
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from local.records.order import is_event, place
from local.records.unreadable import RecordsUnreadableError
from ops.deadline import DeadlineExceeded, deadline

PREFIX = "switchboard"
_WITHIN_S = 2.0


class RedisRecords:
    """See local.records.Records. An async context: its connections are closed on leaving."""

    def __init__(self, url: str, prefix: str = PREFIX) -> None:
        # One more try: a connection kept from before the store was restarted is found closed at its next use.
        # No time-out of redis-py's: it writes under asyncio.wait_for then, which loses a cancellation in Python 3.11
        # (one in ten), and with it a Ctrl-C. The deadline of each question holds.
        self._redis = Redis.from_url(url, decode_responses=True, retry=Retry(NoBackoff(), 1), socket_timeout=None)
        self._prefix = prefix

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._redis.aclose()

    async def record(self, call_id: str) -> Mapping[str, Any] | None:
        (found,) = await self._ask(("HGET", self._key("call", call_id), "record"))
        return None if found is None else dict(json.loads(found))

    async def events(self, call_id: str, after: tuple[int, int] = (0, 0)) -> Sequence[Mapping[str, Any]]:
        above = f"({after[0]}-{after[1]}"
        entries, late = await self._ask(
            ("XRANGE", self._key("events", call_id), above, "+"), ("HGETALL", self._key("late", call_id))
        )
        wires = [fields["e"] for _, fields in entries] + list(late.values())
        found = [event for event in map(json.loads, wires) if is_event(event)]
        return sorted(found, key=place)

    async def open_calls(self) -> Sequence[str]:
        (ids,) = await self._ask(("ZRANGE", self._key("open"), "0", "-1"))
        return list(ids)

    async def calls(self) -> Sequence[str]:
        of_calls, found, cursor = self._key("call", ""), set(), "0"
        while True:
            ((cursor, keys),) = await self._ask(("SCAN", cursor, "MATCH", f"{of_calls}*", "COUNT", "2000"))
            found |= {key.removeprefix(of_calls) for key in keys}
            if int(cursor) == 0:
                return sorted(found)

    async def all(self) -> Mapping[str, Mapping[str, Any]]:
        ids = await self.calls()
        wires = await self._ask(*(("HGET", self._key("call", call_id), "record") for call_id in ids))
        return {call_id: json.loads(wire) for call_id, wire in zip(ids, wires, strict=True) if wire is not None}

    def _key(self, *parts: str) -> str:
        return ":".join((self._prefix, *parts))

    async def _ask(self, *commands: Sequence[str]) -> list[Any]:
        try:
            async with deadline(_WITHIN_S, "call records"), self._redis.pipeline(transaction=False) as pipe:
                for command in commands:
                    pipe.execute_command(*command)
                return list(await pipe.execute())
        except (RedisError, OSError, DeadlineExceeded) as error:
            raise RecordsUnreadableError(f"call records: {error}") from error
