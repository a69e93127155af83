"""The call's proof of life: a lease renewed in the store, and an answer to whoever asks through the room.

Both come from the loop that runs the call: a process that hangs proves nothing. control/ watches the leases; where one
runs low it asks through the room as well, for it may be the way to the store that is broken.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from livekit import rtc

from calls.ports import Lease, LeaseLost, Leases, StoreDown
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

_log = logging.get(__name__)

PING_TOPIC = "switchboard.ping"
PONG_ATTRIBUTE = "switchboard.pong"
TTL_S = 1.0  # a caller is without a living agent for this long at most before somebody notices
RENEW_S = 0.25  # three renewals may go missing
_ASK_S = 1.0
_NONCE = 64


class Pulse:
    """Holds one call from `hold` until `release`. `lost` is called once where another worker holds it by now."""

    def __init__(self, leases: Leases, clock: Clock, tasks: TaskSet, lost: Callable[[], None]) -> None:
        self._leases, self._clock, self._tasks, self._lost = leases, clock, tasks, lost
        self._lease: Lease | None = None
        self._silent = False
        self._is_lost = False

    def hold(self, lease: Lease) -> None:
        self._lease = lease
        self._tasks.spawn(self._beat(lease), name="lease")

    def answer_in(self, room: rtc.Room) -> None:
        """Answer pings: data from the server itself (a participant's has a sender) with the topic switchboard.ping."""
        room.on("data_received", lambda packet: self._asked(room, packet))

    async def is_ours(self) -> bool:
        """Do we still hold the call? A store that cannot be asked does not say no."""
        return not self._is_lost and (self._lease is None or await self._renewed(self._lease))

    async def release(self) -> None:
        """The call is over, or another's."""
        await self._let_go(self._leases.release)

    async def give_up(self) -> None:
        """The call goes on, without us: whoever watches may give it to another worker at once."""
        await self._let_go(self._leases.give_up)

    async def _let_go(self, step: Callable[[str, int], Awaitable[None]]) -> None:
        lease, self._lease = self._lease, None
        if lease is None or self._is_lost:  # the one who has it may have it in our own epoch
            return
        try:
            async with deadline(_ASK_S, "lease"):
                await step(lease.call_id, lease.epoch)
        except (StoreDown, DeadlineExceeded):
            _log.warning("lease not let go, it will run out")

    async def _beat(self, lease: Lease) -> None:
        while self._lease is lease:
            began = self._clock.monotonic()
            if not await self._renewed(lease):
                self._lost()
                return
            await self._clock.sleep(max(0.0, RENEW_S - (self._clock.monotonic() - began)))

    async def _renewed(self, lease: Lease) -> bool:
        """False: another worker has the call."""
        try:
            async with deadline(_ASK_S, "lease renewal"):
                await self._leases.renew(lease, TTL_S)
        except LeaseLost as lost:
            _log.warning("another worker holds the call", epoch=lost.epoch, held=lost.held)
            self._is_lost = True
            return False
        except (StoreDown, DeadlineExceeded) as error:
            if not self._silent:
                _log.warning("lease cannot be renewed", error_type=type(error).__name__)
            self._silent = True
            return True
        self._silent = False
        return True

    def _asked(self, room: rtc.Room, packet: rtc.DataPacket) -> None:
        if packet.topic != PING_TOPIC or packet.participant is not None:
            return
        nonce = packet.data[:_NONCE].decode("ascii", "replace")
        self._tasks.spawn(_answer(room, nonce), name="pong")


async def _answer(room: rtc.Room, nonce: str) -> None:
    try:
        async with deadline(_ASK_S, "pong"):
            await room.local_participant.set_attributes({PONG_ATTRIBUTE: nonce})
    except (DeadlineExceeded, RuntimeError, OSError) as error:
        _log.warning("ping not answered", error_type=type(error).__name__)
