"""Orders to call in one process' memory: for tests, and where nothing need outlive the process."""

from __future__ import annotations

from collections.abc import Sequence

from calls.outbound import OutboundCall
from calls.ports import StoreDown
from calls.stores.names import checked_id
from ops.clock import Clock, SystemClock


class MemoryOutbound:
    """OutboundCalls. Never down; forgets all at its end, and before that nothing."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._calls: dict[str, OutboundCall] = {}
        self._once: dict[str, str] = {}
        self._untold: dict[tuple[str, int], OutboundCall] = {}
        self._engaged: dict[str, tuple[str, float]] = {}  # number -> (call, monotonic time of its end)

    async def order(self, call: OutboundCall, idempotency_key: str) -> OutboundCall:
        if idempotency_key in self._once:
            return self._first(self._once[idempotency_key])
        self._once[idempotency_key] = checked_id(call.call_id)
        self._calls[call.call_id] = call
        self._owe(call)
        return call

    async def ordered(self, idempotency_key: str) -> OutboundCall | None:
        first = self._once.get(idempotency_key)
        return None if first is None else self._first(first)

    async def get(self, call_id: str) -> OutboundCall | None:
        return self._calls.get(checked_id(call_id))

    async def change(self, call: OutboundCall) -> bool:
        stored = self._calls.get(checked_id(call.call_id))
        if stored is None or stored.version != call.version - 1:
            return False
        self._calls[call.call_id] = call
        self._owe(call)
        return True

    async def unfinished(self, due_by: float | None = None) -> Sequence[OutboundCall]:
        open_ones = [call for call in self._calls.values() if not call.state.final]
        due = [call for call in open_ones if due_by is None or call.due_at <= due_by]
        return sorted(due, key=lambda call: call.due_at)

    async def recent(self, count: int) -> Sequence[OutboundCall]:
        return sorted(self._calls.values(), key=lambda call: -call.asked_at)[:count]

    async def orders_to(self, number: str) -> Sequence[str]:
        return [call.call_id for call in self._calls.values() if call.number == number]

    async def forget(self, call_id: str, number: str | None = None) -> bool:  # noqa: ARG002 - the port's
        call = self._calls.get(checked_id(call_id))
        if call is not None and not call.state.final:
            return False
        self._calls.pop(call_id, None)
        self._untold = {place: owed for place, owed in self._untold.items() if place[0] != call_id}
        return True

    async def engage(self, number: str, call_id: str, ttl_s: float) -> bool:
        now = self._clock.monotonic()
        holder, until = self._engaged.get(number, ("", 0.0))
        if holder not in ("", call_id) and until > now:
            return False
        self._engaged[number] = (call_id, now + ttl_s)
        return True

    async def release(self, number: str, call_id: str) -> None:
        if self._engaged.get(number, ("", 0.0))[0] == call_id:
            del self._engaged[number]

    async def untold(self) -> Sequence[OutboundCall]:
        return sorted(self._untold.values(), key=lambda call: (call.asked_at, call.call_id, call.version))

    async def told(self, call: OutboundCall) -> None:
        self._untold.pop((call.call_id, call.version), None)

    def _first(self, call_id: str) -> OutboundCall:
        if call_id not in self._calls:
            raise StoreDown("the call of this idempotency key is gone")
        return self._calls[call_id]

    def _owe(self, call: OutboundCall) -> None:
        if call.webhook:
            self._untold[(call.call_id, call.version)] = call
