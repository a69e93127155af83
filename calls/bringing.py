"""Bringing one call's pending writes to the store: batch by batch, over whatever the store has by now."""

from __future__ import annotations

import random
from collections.abc import Callable

from calls.pending import Pending
from calls.ports import CallStore, StoreDown, VersionConflict
from ops import logging
from ops.clock import Clock

_log = logging.get("calls.journal")

_CONFLICTS = 5  # for one call, in one go: then another writer is at it as fast as we are, and we wait like for a store
_RETRY_S = (0.25, 0.5, 1.0, 2.0, 4.0)  # the last one is repeated


def retry_s(failures: int) -> float:
    """How long to wait after so many failures in a row. Half of it is chance: when a store returns, hundreds of job
    processes are waiting for it."""
    longest = _RETRY_S[min(max(failures, 1), len(_RETRY_S)) - 1]
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, keeps no secret


async def bring(
    store: CallStore, pending: Pending, clock: Clock, wrote: Callable[[float, int], None] = lambda _s, _n: None
) -> None:
    """Write until nothing is pending. `wrote` is told the seconds and events of each write.

    Raises StoreDown; what the store did not confirm is still pending then.
    """
    conflicts = 0
    while (write := pending.next()) is not None:
        began = clock.monotonic()
        try:
            version = await store.write(write)
        except VersionConflict as conflict:
            conflicts += 1
            if conflicts > _CONFLICTS:
                raise StoreDown(f"{_CONFLICTS} version conflicts in a row") from conflict
            pending.merge(await store.record(write.record.call_id))
            _told(conflict, len(pending.events))
        else:
            pending.stored(version)
            pending.touched = clock.monotonic()
            wrote(pending.touched - began, len(write.events))


def _told(conflict: VersionConflict, events: int) -> None:
    call_id, version = conflict.call_id, conflict.stored
    if version < conflict.expected:
        _log.warning("the store forgot what it had confirmed", call_id=call_id, version=version, events=events)
    else:
        _log.warning("another writer was at the call", call_id=call_id, version=version, events=events)
