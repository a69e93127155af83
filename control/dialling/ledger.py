"""Each change of a call: kept in the store first, so that of several writers one has it, then counted and told of."""

from __future__ import annotations

from typing import Any, Protocol

from calls.outbound import DialState, OutboundCall, OutboundCalls
from calls.ports import StoreDown
from control.metrics import Metrics
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from sip.outbound.guard import Guard

_log = logging.get("control.dialling")

_ASK_S = 3.0
_TRIES, _AGAIN_S = 12, 1.0  # a store that was restarted is back by then
_RANG = frozenset({DialState.DIALLING, DialState.RINGING, DialState.ANSWERED})


class Told(Protocol):
    """Hears of each change, and never waits."""

    def tell(self, call: OutboundCall) -> None: ...


class Ledger:
    def __init__(self, calls: OutboundCalls, guard: Guard, told: Told, clock: Clock, metrics: Metrics) -> None:
        self._calls, self._guard, self._told = calls, guard, told
        self._clock, self._metrics = clock, metrics

    async def become(self, call: OutboundCall, state: DialState, **changes: Any) -> OutboundCall | None:
        """The next version, kept. None: another writer was first, and `call` is old. Raises StoreDown after 12 s.

        A final state settles what the call had reserved; `dialled=False` among the changes: nobody's telephone rang.
        """
        dialled = changes.pop("dialled", True)
        changed = call.become(state, self._clock.now(), **changes)
        if changed is call or not await self._kept(changed):
            return None
        self._metrics.outbound_calls.labels(state.value).inc()
        if state is DialState.REFUSED:
            self._metrics.outbound_refused.labels(changed.reason).inc()
        _log.info("outbound call changed", call_id=call.call_id, state=state.value, reason=changed.reason)
        self._told.tell(changed)
        if state.final and call.state in _RANG:
            await self._settle(call, changed, dialled=dialled)
        return changed

    async def _settle(self, before: OutboundCall, after: OutboundCall, *, dialled: bool) -> None:
        talked_s = _talked_s(before, after)
        try:
            async with deadline(_ASK_S, "tallies"):
                if not dialled:
                    await self._guard.undone(after)
                elif talked_s is not None:
                    await self._guard.settled(after, talked_s)
                await self._guard.freed(after)
        except (StoreDown, DeadlineExceeded):
            # What is not given back stays spent until its window ends: the safe side.
            _log.warning("outbound call not settled", call_id=after.call_id)

    async def _kept(self, changed: OutboundCall) -> bool:
        """A change that was kept, and whose answer was lost, is ours all the same."""
        unsure = False
        for attempt in range(1, _TRIES + 1):
            try:
                async with deadline(_ASK_S, "outbound calls"):
                    if await self._calls.change(changed):
                        return True
                    return unsure and await self._calls.get(changed.call_id) == changed
            except (StoreDown, DeadlineExceeded) as error:
                unsure = True
                if attempt == _TRIES:
                    raise StoreDown("the call's change cannot be kept") from error
            await self._clock.sleep(_AGAIN_S)
        return False


def _talked_s(before: OutboundCall, after: OutboundCall) -> float | None:
    """At most; None: nobody can say, as nobody saw whether and when it was answered. Then all of it counts."""
    since_s = after.changed_at - before.changed_at
    if before.state is DialState.ANSWERED:
        return since_s if before.sip_status else None
    if after.state is DialState.FAILED and not after.sip_status:
        return None
    # Whoever cancels it may do so long after an answer that no living dialler saw.
    return since_s if after.state is DialState.CANCELLED else 0.0
