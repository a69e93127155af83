"""Looks at the leases several times a second. One that was given up, or ran out without an answer to a ping, is a call
without a worker.

Many may die at once, with their node: each call is judged by itself, and none waits for a slow room.
"""

from __future__ import annotations

import asyncio

from calls.ports import Held, Leases, StoreDown
from control.metrics import Metrics
from control.pulse import Answer, Pulse
from control.takeover import Dead, Result, TakeOver
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

_log = logging.get("control.watcher")

LOOK_S = 0.1
LOW_S = 0.6  # of the worker's 1.0 s, renewed each 0.25 s: one renewal is overdue, and there is time to ask
PATIENCE_S = 0.4
QUIET_S = 1.0  # who answered is not asked again for so long
_ASK_S = 1.0
_AT_ONCE = 16
# The store was away: every lease looks old, and all workers are renewing theirs this very moment.
_BACK_S, _BACK_PATIENCE_S = 2.0, 1.0
UNKNOWN_S = 0.5  # whom we could not ask about, or send for


class Watcher:
    def __init__(self, leases: Leases, pulse: Pulse, takeover: TakeOver, clock: Clock, metrics: Metrics) -> None:
        self._leases, self._pulse, self._takeover = leases, pulse, takeover
        self._clock, self._metrics = clock, metrics
        self._busy: set[str] = set()
        self._answered = _Quiet(clock)
        self._put_off = _Quiet(clock)
        self._down = False
        self._back_until = 0.0
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def run(self, *, store_was_away: bool = False) -> None:
        """Until cancelled; what it began ends with it."""
        if store_was_away:
            self._back_until = self._clock.monotonic() + _BACK_S
        tasks = TaskSet("watcher")
        try:
            while True:
                began = self._clock.monotonic()
                for held in await self._low():
                    self._consider(held, tasks)
                await self._clock.sleep(LOOK_S - (self._clock.monotonic() - began))
        finally:
            await tasks.aclose()
            self._busy.clear()

    def _consider(self, held: Held, tasks: TaskSet) -> None:
        call_id = held.lease.call_id
        if call_id in self._busy or call_id in self._put_off or (not held.given_up and call_id in self._answered):
            return
        self._busy.add(call_id)
        tasks.spawn(self._judge(held), name="judge")

    async def _judge(self, held: Held) -> None:
        call_id, since = held.lease.call_id, self._clock.monotonic() + held.left_s
        try:
            if held.given_up or await self._is_dead(held, since):
                reason = "given_up" if held.given_up else "lapsed"
                async with self._slots:
                    result = await self._takeover.take(Dead(held.lease, reason, since))
                if result is Result.LATER:
                    self._put_off.add(call_id, UNKNOWN_S)
        except (StoreDown, DeadlineExceeded):
            return  # the next look says so
        finally:
            self._busy.discard(call_id)

    async def _is_dead(self, held: Held, runs_out: float) -> bool:
        """Silent in the room, and not renewed in the store until it ran out."""
        lease = held.lease
        answer = await self._pulse.ask_about(lease, self._patience_s())
        if answer is Answer.ALIVE:
            self._answered.add(lease.call_id, QUIET_S)
        elif answer is Answer.UNKNOWN:
            self._put_off.add(lease.call_id, UNKNOWN_S)
        if not answer.dead:
            return False
        await self._clock.sleep(runs_out - self._clock.monotonic())
        async with deadline(_ASK_S, "leases"):
            now = await self._leases.held(0.001)
        return any(one.lease.call_id == lease.call_id and one.lease.epoch == lease.epoch for one in now)

    def _patience_s(self) -> float:
        return _BACK_PATIENCE_S if self._clock.monotonic() < self._back_until else PATIENCE_S

    async def _low(self) -> list[Held]:
        """The leases that run low; none where the store cannot say."""
        try:
            async with deadline(_ASK_S, "leases"):
                low = list(await self._leases.held(LOW_S))
        except (StoreDown, DeadlineExceeded) as error:
            self._say(down=True, why=type(error).__name__)
            return []
        except Exception as error:  # noqa: BLE001 - whatever the store answered: the next look may be better
            self._say(down=True, why=type(error).__name__)
            return []
        self._say(down=False)
        return low

    def _say(self, *, down: bool, why: str = "") -> None:
        if down != self._down:
            self._down = down
            self._metrics.store_down.set(down)
            if down:
                _log.warning("leases cannot be read", error_type=why)
            else:
                _log.info("leases can be read again")
        if down:
            self._back_until = self._clock.monotonic() + _BACK_S


class _Quiet:
    """Calls that are not looked at again before their time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def __contains__(self, call_id: str) -> bool:
        return self._until.get(call_id, 0.0) > self._clock.monotonic()

    def add(self, call_id: str, seconds: float) -> None:
        now = self._clock.monotonic()
        self._until = {call: until for call, until in self._until.items() if until > now}
        self._until[call_id] = now + seconds
