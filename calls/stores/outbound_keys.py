"""Orders to call as keys of one Redis (or Upstash), beside those of keyspace.py.

    <prefix>:outbound:<call_id>        hash: ver, call
    <prefix>:outbound-once:<key>       the call that an idempotency key stands for
    <prefix>:outbound-unfinished       sorted set of those not in a final state, by when they are due
    <prefix>:outbound-recent           sorted set of the newest, by when they were asked for
    <prefix>:outbound-untold           hash: <call_id>:<version> -> the call as it was, of which somebody is to be told
    <prefix>:outbound-to:<number>      sorted set of the orders to call the number
    <prefix>:engaged:<number>          the call that has the number

Keys and numbers of others are hashed (calls.stores.hashed).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from calls.outbound import OutboundCall
from calls.ports import RecordUnreadable, StoreDown
from calls.stores import permit_codec as codec
from calls.stores.codec import Unreadable, as_text
from calls.stores.executor import Executor
from calls.stores.hashed import hashed
from calls.stores.names import checked_id
from calls.stores.scripts import checked, script
from ops import logging

_log = logging.get("calls.stores.outbound")

ONCE_S = 24 * 3600.0
RECENT = 1000
_PAGE = 100
_KEPT_S = 30 * 24 * 3600.0


class OutboundKeys:
    """OutboundCalls. `keep_s`: how long one in a final state is kept. The executor is shared: its maker closes it."""

    def __init__(self, executor: Executor, *, prefix: str = "switchboard", keep_s: float = _KEPT_S) -> None:
        self._executor, self._prefix, self._keep_s = executor, prefix, keep_s

    async def order(self, call: OutboundCall, idempotency_key: str) -> OutboundCall:
        keys = [self._once(idempotency_key), self._call(call.call_id)]
        keys += [*map(self._key, ("unfinished", "recent", "untold")), self._orders_to(call.number)]
        first = await script("outbound_order").call(
            self._executor,
            keys,
            *(call.call_id, codec.order_text(call), f"{call.due_at:.3f}", f"{call.asked_at:.3f}"),
            *(_ms(ONCE_S), _ms(self._keep_s), RECENT, int(bool(call.webhook))),
        )
        return await self._first(as_text(first))

    async def ordered(self, idempotency_key: str) -> OutboundCall | None:
        (first,) = await self._executor.run([("GET", self._once(idempotency_key))])
        return None if checked(first) is None else await self._first(as_text(first))

    async def get(self, call_id: str) -> OutboundCall | None:
        (text,) = await self._executor.run([("HGET", self._call(call_id), "call")])
        if checked(text) is None:
            return None
        try:
            return codec.order_of(text)
        except Unreadable as error:
            raise RecordUnreadable(f"the stored call is {error}") from None

    async def change(self, call: OutboundCall) -> bool:
        kept = await script("outbound_change").call(
            self._executor,
            [self._call(call.call_id), self._key("unfinished"), self._key("untold")],
            *(call.call_id, call.version, codec.order_text(call), int(call.state.final), _ms(self._keep_s)),
            int(bool(call.webhook)),
        )
        return int(kept) == 1

    async def unfinished(self, due_by: float | None = None) -> Sequence[OutboundCall]:
        last = "+inf" if due_by is None else f"{due_by:.3f}"
        return await self._all(("ZRANGEBYSCORE", self._key("unfinished"), "-inf", last))

    async def recent(self, count: int) -> Sequence[OutboundCall]:
        return await self._all(("ZREVRANGE", self._key("recent"), 0, max(0, count - 1)))

    async def orders_to(self, number: str) -> Sequence[str]:
        (ids,) = await self._executor.run([("ZRANGE", self._orders_to(number), 0, -1)])
        return [as_text(each) for each in checked(ids)]

    async def forget(self, call_id: str, number: str | None = None) -> bool:
        keys = [self._call(call_id), *map(self._key, ("unfinished", "recent", "untold"))]
        keys += [self._orders_to(number)] if number else []
        return int(await script("outbound_forget").call(self._executor, keys, call_id)) == 1

    async def engage(self, number: str, call_id: str, ttl_s: float) -> bool:
        taken = await script("lock_take").call(self._executor, [self._engaged(number)], call_id, _ms(ttl_s))
        return int(taken) == 1

    async def release(self, number: str, call_id: str) -> None:
        await script("lock_release").call(self._executor, [self._engaged(number)], call_id)

    async def untold(self) -> Sequence[OutboundCall]:
        (names,) = await self._executor.run([("HKEYS", self._key("untold"))])
        found, left = [], [as_text(name) for name in checked(names)]
        while left:
            page, left = left[:_PAGE], left[_PAGE:]
            (texts,) = await self._executor.run([("HMGET", self._key("untold"), *page)])
            found += _read(checked(texts))
        return sorted(found, key=lambda call: (call.asked_at, call.call_id, call.version))

    async def told(self, call: OutboundCall) -> None:
        name = f"{checked_id(call.call_id)}:{call.version}"
        (reply,) = await self._executor.run([("HDEL", self._key("untold"), name)])
        checked(reply)

    async def _all(self, listing: tuple[str | int, ...]) -> list[OutboundCall]:
        (ids,) = await self._executor.run([listing])
        commands = [("HGET", self._call(as_text(each)), "call") for each in checked(ids)]
        return _read(map(checked, await self._executor.run(commands) if commands else []))

    async def _first(self, call_id: str) -> OutboundCall:
        found = await self.get(call_id)
        if found is None:
            raise StoreDown("the call of this idempotency key is gone")
        return found

    def _call(self, call_id: str) -> str:
        return f"{self._prefix}:outbound:{checked_id(call_id)}"

    def _once(self, idempotency_key: str) -> str:
        return f"{self._prefix}:outbound-once:{hashed(self._prefix, idempotency_key)}"

    def _orders_to(self, number: str) -> str:
        return self._key(f"to:{hashed(self._prefix, number)}")

    def _engaged(self, number: str) -> str:
        return f"{self._prefix}:engaged:{hashed(self._prefix, number)}"

    def _key(self, name: str) -> str:
        return f"{self._prefix}:outbound-{name}"


def _read(texts: Iterable[str | bytes | None]) -> list[OutboundCall]:
    found = []
    for text in texts:
        try:
            if text is not None:
                found.append(codec.order_of(text))
        except Unreadable:
            _log.warning("an order to call cannot be read", count=1)
    return found


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
