"""Looks, more slowly than the watcher, for what nobody else cleans up: calls without an end, rooms without a worker.

Polls; a webhook makes it look at once, and where a webhook is lost nothing else is.
"""

from __future__ import annotations

import asyncio

from calls.ports import CallStore, Leases, Rooms, RoomsDown, StoreDown
from control.orphans import Orphans
from control.survey import survey
from control.unended import Unended
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline

_log = logging.get("control.janitor")

LOOK_S = 5.0
AGAIN_S = 3.0  # where something is suspected
APART_S = 1.0  # many calls end at once: one look serves all of them
_WHOLE_LOOK_S = 60.0


class Janitor:
    def __init__(
        self, state: tuple[CallStore, Leases], rooms: Rooms, unended: Unended, orphans: Orphans, clock: Clock
    ) -> None:
        self._store, self._leases = state
        self._rooms, self._unended, self._orphans, self._clock = rooms, unended, orphans, clock
        self._news = asyncio.Event()

    def poke(self) -> None:
        """Something ended: look now rather than at the next turn."""
        self._news.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._news.clear()
            await self._look()
            await self._clock.sleep(APART_S)
            pause_s = AGAIN_S if self._unended.waiting or self._orphans.waiting else LOOK_S
            try:
                async with deadline(pause_s - APART_S, "news"):
                    await self._news.wait()
            except DeadlineExceeded:
                continue

    async def _look(self) -> None:
        try:
            async with deadline(_WHOLE_LOOK_S, "janitor"):
                found = await survey(self._rooms, self._store, self._leases)
                await self._unended.look(found)
                await self._orphans.look(found)
        except (StoreDown, RoomsDown, DeadlineExceeded) as error:
            _log.warning("look put off", component="janitor", error_type=type(error).__name__)
        except Exception:  # noqa: BLE001 - a bug on one odd entry must not stop the watcher, which shares our duty
            _log.exception("look broke", component="janitor")
