"""A recorder of rooms on the clock of the test: as quick, late, refusing or breaking as the script says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calls.ports import Egress, EgressStatus, RecorderDown
from ops.clock import Clock


class FakeRecorder:
    """Ask `started` (room, name) and `stopped` what was asked for, and `items` for what there is, by id.

    `refusals`: what the next starts raise, one each; "" lets one begin. `active_after_s` None: never seen active.
    `start_takes_s` is the server's answer to a start, `stops_after_s` None a stop that does nothing. An item lands,
    COMPLETE, `lands_after_s` after it was stopped or its room closed (`close`).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.items: dict[str, Egress] = {}
        self._active_at: dict[str, float] = {}
        self._ending_at: dict[str, float] = {}
        self.started: list[tuple[str, str]] = []
        self.stopped: list[str] = []
        self.refusals: list[str] = []
        self.is_down = False
        self.start_takes_s = 0.1
        self.active_after_s: float | None = 0.5
        self.stops_after_s: float | None = 0.1
        self.lands_after_s = 2.0
        self.closed = False

    async def start(self, room: str, name: str) -> Egress:
        self.started.append((room, name))
        self._down()
        refusal = self.refusals.pop(0) if self.refusals else ""
        if refusal:
            await self._clock.sleep(self.start_takes_s)
            raise RecorderDown(refusal)
        egress = self.begin(room, name)
        await self._clock.sleep(self.start_takes_s)
        return egress

    def begin(self, room: str, name: str) -> Egress:
        """One that somebody asked for."""
        egress = Egress(f"EG_{len(self.items) + 1}", room, name, EgressStatus.STARTING)
        self.items[egress.egress_id] = egress
        if self.active_after_s is not None:
            self._active_at[egress.egress_id] = self._clock.monotonic() + self.active_after_s
        return egress

    async def stop(self, egress_id: str) -> None:
        self._down()
        self.stopped.append(egress_id)
        if self.stops_after_s is not None:
            self._ending_at.setdefault(egress_id, self._clock.monotonic() + self.stops_after_s)

    def close(self) -> None:
        """The room ended, and with it all that record it."""
        for egress_id in self.items:
            self._ending_at.setdefault(egress_id, self._clock.monotonic())

    def breaks(self, egress_id: str, status: EgressStatus = EgressStatus.ABORTED, error: str = "it broke") -> None:
        self.items[egress_id] = replace(self.items[egress_id], status=status, error=error, ended_at=self._clock.now())

    async def of_room(self, room: str) -> Sequence[Egress]:
        self._down()
        return [self._seen(egress_id) for egress_id, egress in self.items.items() if egress.room == room]

    async def of_id(self, egress_id: str) -> Egress | None:
        self._down()
        return self._seen(egress_id) if egress_id in self.items else None

    async def aclose(self) -> None:
        self.closed = True

    def live(self) -> list[str]:
        """The names of what is being recorded."""
        seen = [self._seen(egress_id) for egress_id in self.items]
        return [egress.name for egress in seen if egress.status in (EgressStatus.STARTING, EgressStatus.ACTIVE)]

    def _down(self) -> None:
        if self.is_down:
            raise RecorderDown("unreachable")

    def _seen(self, egress_id: str) -> Egress:
        """As it is by now."""
        egress, now = self.items[egress_id], self._clock.monotonic()
        if not egress.status.ended:
            egress = self._moved(egress, now)
            self.items[egress_id] = egress
        return egress

    def _moved(self, egress: Egress, now: float) -> Egress:
        active_at = self._active_at.get(egress.egress_id)
        ending_at = self._ending_at.get(egress.egress_id)
        wall = self._clock.now() - now
        started = None if active_at is None or now < active_at else wall + active_at
        if ending_at is not None and now >= ending_at:
            ended = now >= ending_at + self.lands_after_s
            long = max(0.0, ending_at - (active_at or ending_at))
            return replace(
                egress,
                status=EgressStatus.COMPLETE if ended else EgressStatus.ENDING,
                started_at=started,
                ended_at=wall + ending_at,
                size=int(long * 3000) if ended else 0,
                duration_s=long if ended else 0.0,
            )
        return replace(egress, status=EgressStatus.ACTIVE, started_at=started) if started else egress
