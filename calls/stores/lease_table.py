"""Leases in memory: what the Lua scripts keep in Redis, by a clock of one process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from calls.ports import Held, Lease, LeaseLost
from calls.stores.names import checked_id
from ops.clock import Clock


@dataclass(frozen=True, slots=True)
class _Row:
    lease: Lease
    until: float  # monotonic seconds; when it was given up, where it was
    given_up: bool = False


class LeaseTable:
    """The promises of calls.ports.Leases, without the waiting."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rows: dict[str, _Row] = {}

    def renew(self, lease: Lease, ttl_s: float) -> None:
        held = self._rows.get(checked_id(lease.call_id))
        if held is not None and (held.lease.epoch > lease.epoch or self._is_anothers(held, lease)):
            raise LeaseLost(lease.call_id, lease.epoch, held.lease.epoch)
        self._rows[lease.call_id] = _Row(lease, self._clock.monotonic() + ttl_s)

    def give_up(self, call_id: str, epoch: int) -> None:
        held = self._rows.get(checked_id(call_id))
        if held is not None and held.lease.epoch == epoch:
            self._rows[call_id] = _Row(held.lease, self._clock.monotonic(), given_up=True)

    def release(self, call_id: str, epoch: int) -> None:
        held = self._rows.get(checked_id(call_id))
        if held is not None and held.lease.epoch <= epoch:
            del self._rows[call_id]

    def forget(self, call_id: str) -> None:
        """Whoever holds it."""
        self._rows.pop(checked_id(call_id), None)

    def held(self, below_s: float) -> Sequence[Held]:
        """Those given up first, then those that ran out first, as Redis has them."""
        now = self._clock.monotonic()
        low = [row for row in self._rows.values() if row.given_up or row.until - now < below_s]
        low.sort(key=lambda row: (not row.given_up, -row.until if row.given_up else row.until))
        return [Held(row.lease, row.until - now, row.given_up) for row in low]

    def _is_anothers(self, held: _Row, lease: Lease) -> bool:
        """Of the same epoch, and valid."""
        same, valid = held.lease.epoch == lease.epoch, not held.given_up and held.until > self._clock.monotonic()
        return same and valid and held.lease.agent not in ("", lease.agent)
