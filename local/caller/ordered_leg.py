"""A telephone whose call is ordered by itself: through control, as the call centre's users do."""

from __future__ import annotations

from typing import Protocol

from local.caller import orders
from local.caller.callee_leg import CalleeLeg
from local.caller.errors import NotAnsweredError
from local.caller.orders import Order
from local.info import StackInfo
from ops.clock import Clock

_LOOK_EVERY_S = 0.5


class Role(Protocol):
    """Who picks up (local/caller/callees)."""

    async def take(self, leg: CalleeLeg, clock: Clock | None = None) -> None:
        """Play the part in a call that has rung."""
        ...

    def trouble(self, leg: CalleeLeg) -> str | None:
        """What is wrong with the call, once it is over, from where this one sat; None: nothing."""
        ...


class OrderedLeg(CalleeLeg):
    """`connect` is there to be rung and orders the call; `answered` waits for the ring and plays the role."""

    def __init__(self, stack: StackInfo, order: Order, role: Role, *, clock: Clock | None = None) -> None:
        super().__init__(stack.telephone_url, order.to, clock=clock)
        self._stack, self._order, self.role = stack, order, role
        self.order_id = ""

    async def connect(self) -> None:
        await super().connect()
        self.order_id = await orders.place(self._stack, self._order)

    async def answered(self, timeout_s: float) -> None:
        left_s = timeout_s
        while True:
            try:
                await self.rung(min(left_s, _LOOK_EVERY_S))
                break
            except NotAnsweredError:
                left_s -= _LOOK_EVERY_S
                if left_s <= 0 or self.ended.is_set():
                    raise
            shown = await orders.look(self._stack, self.order_id)
            if orders.is_over(shown):
                raise NotAnsweredError(f"Nobody was called: {orders.told(shown)}")
        await self.role.take(self, self._clock)
