"""What may be asked of us: order a call, look at it, end it. Any replica answers; the leader dials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from calls.ids import is_call_id, new_call_id
from calls.outbound import DialState, OutboundCall, OutboundCalls
from calls.ports import Rooms
from config.model import CallCenter
from config.persona_data import checked
from control.dialling.ledger import Ledger
from control.dialling.notifier import Notifier
from control.dialling.phone import CALLEE, room_of
from control.dialling.shapes import Order
from control.metrics import Metrics
from ops.clock import Clock
from sip.outbound.guard import Guard
from sip.outbound.reasons import Refused

_AHEAD_S = 30 * 24 * 3600.0
_TRIES = 5
_ON_A_CALL = frozenset({DialState.DIALLING, DialState.RINGING, DialState.ANSWERED})


class BadOrder(Exception):
    """It asks for what there is not. `code` is one word; its text is for whoever asked, without any value of theirs."""

    def __init__(self, code: str, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.code, self.status = code, status


@dataclass(frozen=True, slots=True)
class Desk:
    """What orders are taken on with."""

    call_center: CallCenter
    calls: OutboundCalls
    guard: Guard
    ledger: Ledger
    notifier: Notifier
    rooms: Rooms
    clock: Clock
    metrics: Metrics
    ordered: Callable[[], None]  # called, and must not wait, where there is something to dial


class Orders:
    """All of it raises StoreDown; `end` also RoomsDown."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def place(self, order: Order, key: str) -> tuple[OutboundCall, bool]:
        """The call, and whether it is new. Raises BadOrder, and Refused where it is not dialled by a rule."""
        desk = self._desk
        wanted = self._call(order)
        earlier = await desk.calls.ordered(key)
        if earlier is None:
            await self._check(wanted)
            earlier = await desk.calls.order(wanted, key)
        if earlier.call_id == wanted.call_id:
            desk.metrics.outbound_calls.labels(DialState.QUEUED.value).inc()
            desk.notifier.tell(earlier)
            desk.ordered()
            return earlier, True
        if not _same(earlier, wanted):
            raise BadOrder("key_reused", "This Idempotency-Key was used for another call.", 409)
        return earlier, False

    async def get(self, call_id: str) -> OutboundCall | None:
        return await self._desk.calls.get(call_id) if is_call_id(call_id) else None

    async def recent(self, state: str | None, count: int) -> Sequence[OutboundCall]:
        """The newest, of this state; "open": those that are not over. Raises BadOrder."""
        if state == "open":
            return list(await self._desk.calls.unfinished())[:count]
        if state is not None and state not in set(DialState):
            raise BadOrder("bad_state", f"state is open, or one of: {', '.join(DialState)}.")
        found = await self._desk.calls.recent(1000 if state else count)
        return [call for call in found if state in (None, call.state.value)][:count]

    async def end(self, call_id: str) -> OutboundCall | None:
        """Cancel it where it is not answered yet, else hang up; one that is over stays as it is. None: no such call."""
        for _ in range(_TRIES):
            call = await self.get(call_id)
            if call is None or call.state.final:
                return call
            if call.state is DialState.ANSWERED:
                await self._desk.rooms.remove(room_of(call_id), CALLEE)
                self._desk.ordered()
                return call
            cancelled = await self._desk.ledger.become(call, DialState.CANCELLED, reason="asked")
            if cancelled is not None:
                if call.state in _ON_A_CALL:
                    await self._desk.rooms.delete(room_of(call_id))
                return cancelled
        raise BadOrder("changing", "The call changed too often to be ended; ask again.", 409)

    async def _check(self, call: OutboundCall) -> None:
        desk = self._desk
        try:
            await desk.guard.check(call)
            if call.due_at <= desk.clock.now():
                for other in await desk.calls.unfinished(desk.clock.now()):
                    if other.number == call.number and other.state in _ON_A_CALL:
                        await desk.guard.refuse(call, "engaged")
        except Refused as refused:
            desk.metrics.outbound_refused.labels(refused.reason).inc()
            raise

    def _call(self, order: Order) -> OutboundCall:
        desk = self._desk
        line = desk.call_center.line(order.line)
        if line is None:
            raise BadOrder("unknown_line", "There is no such line.")
        persona = desk.call_center.persona(order.persona) if order.persona else line.persona
        if persona is None:
            raise BadOrder("unknown_persona", "There is no such persona.")
        data, problems = checked(persona.data, order.data)
        if problems:
            raise BadOrder("bad_data", f"data does not fit the persona: {'; '.join(problems)[:500]}.")
        if order.webhook and not desk.notifier.allows(order.webhook):
            raise BadOrder("bad_webhook", "webhook is not at one of CONTROL_WEBHOOK_HOSTS, or there is no secret.")
        now = desk.clock.now()
        not_before = order.not_before.timestamp() if order.not_before else 0.0
        if not_before > now + _AHEAD_S:
            raise BadOrder("too_far_ahead", "not_before is more than 30 days ahead.")
        outbound = line.telephony.outbound
        longest = outbound.max_duration_s if outbound else 0.0
        return OutboundCall(
            call_id=new_call_id(desk.clock),
            number=order.to,
            line=line.name,
            persona=persona.name,
            asked_at=now,
            not_before=not_before,
            data=data,
            purpose=order.purpose,
            max_duration_s=min(order.max_duration_s or longest, longest),
            changed_at=now,
            webhook=order.webhook or "",
        )


def _same(one: OutboundCall, other: OutboundCall) -> bool:
    """Was the same asked for? Whatever became of it since."""

    def asked(call: OutboundCall) -> OutboundCall:
        order = replace(call, call_id="", asked_at=0.0, changed_at=0.0, state=DialState.QUEUED)
        return replace(order, sip_status=0, reason="", version=0)

    return asked(one) == asked(other)
