"""Writes the end of a call that nobody else will write: its worker died, and none took it over."""

from __future__ import annotations

from dataclasses import replace

from calls.events import CallEnded
from calls.outcome import Outcome
from calls.ports import CallStore, VersionConflict, Write
from control.metrics import Metrics
from ops import logging
from ops.clock import Clock

_log = logging.get("control.endings")

END_NEVER_WRITTEN = "end_never_written"
WORKER_LOST = "worker_lost"
_LOOKS = 5  # at a record that changes under our hands: whoever writes it is alive, and it is looked at again later


class Endings:
    def __init__(self, store: CallStore, clock: Clock, metrics: Metrics) -> None:
        self._store, self._clock, self._metrics = store, clock, metrics

    async def close(self, call_id: str, failure: str, *, epoch: int = 0, now: bool = True) -> bool:
        """Close the call as failed, in an epoch above that of every writer (`epoch` at least). True: it is closed.

        `now=False`: it ended some time ago, and its last sign of life is all that is known of when. A call that is
        closed already stays as it is; one the store does not know needs no end. Raises StoreDown.
        """
        for _ in range(_LOOKS):
            record = await self._store.record(call_id)
            if record is None or record.closed:
                return True
            events = await self._store.events(call_id)
            mine = max(epoch, record.epoch + 1, *(event.epoch + 1 for event in events))
            at = self._clock.now()
            if not now:
                at = max([record.started_at, *(event.at for event in events)])
            closed = replace(record, epoch=mine).close(at, Outcome.FAILED, failure)
            seq = max((event.seq for event in events), default=0) + 1
            ended = CallEnded(
                call_id=call_id, seq=seq, at=at, epoch=mine, outcome=Outcome.FAILED, reason=failure, failure=failure
            )
            try:
                await self._store.write(Write(f"end-{mine}-{record.version}", closed, record.version, [ended]))
            except VersionConflict:
                continue
            self._metrics.calls_failed.labels(failure).inc()
            _log.warning("call closed as failed", call_id=call_id, epoch=mine, failure=failure)
            return True
        return False
