"""Orders to call with a script: down, or confirming nothing of what it keeps."""

from __future__ import annotations

from collections.abc import Sequence

from calls.outbound import DialState, OutboundCall
from calls.ports import StoreDown
from calls.stores.memory_outbound import MemoryOutbound
from ops.clock import Clock


class FakeOutboundCalls(MemoryOutbound):
    """`states` is what each call became, in order. `lost_replies`: so many changes are kept and answered StoreDown."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.is_down = False
        self.lost_replies = 0
        self.states: dict[str, list[DialState]] = {}

    async def order(self, call: OutboundCall, idempotency_key: str) -> OutboundCall:
        self._asked()
        return await super().order(call, idempotency_key)

    async def ordered(self, idempotency_key: str) -> OutboundCall | None:
        self._asked()
        return await super().ordered(idempotency_key)

    async def get(self, call_id: str) -> OutboundCall | None:
        self._asked()
        return await super().get(call_id)

    async def change(self, call: OutboundCall) -> bool:
        self._asked()
        kept = await super().change(call)
        if kept:
            self.states.setdefault(call.call_id, []).append(call.state)
        if self.lost_replies:
            self.lost_replies -= 1
            raise StoreDown("the reply was lost")
        return kept

    async def unfinished(self, due_by: float | None = None) -> Sequence[OutboundCall]:
        self._asked()
        return await super().unfinished(due_by)

    async def recent(self, count: int) -> Sequence[OutboundCall]:
        self._asked()
        return await super().recent(count)

    async def orders_to(self, number: str) -> Sequence[str]:
        self._asked()
        return await super().orders_to(number)

    async def forget(self, call_id: str, number: str | None = None) -> bool:
        self._asked()
        return await super().forget(call_id, number)

    async def engage(self, number: str, call_id: str, ttl_s: float) -> bool:
        self._asked()
        return await super().engage(number, call_id, ttl_s)

    async def release(self, number: str, call_id: str) -> None:
        self._asked()
        await super().release(number, call_id)

    async def untold(self) -> Sequence[OutboundCall]:
        self._asked()
        return await super().untold()

    async def told(self, call: OutboundCall) -> None:
        self._asked()
        await super().told(call)

    def _asked(self) -> None:
        if self.is_down:
            raise StoreDown("the script says so")
