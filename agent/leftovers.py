"""What a worker's parent does about the events that its dead job processes left on disk: it brings them to the store
(and opt-outs to their list), also where no further call ever comes to this machine.

A living process' file is locked by it (calls/spill.py) and left alone; so is the one that another worker on the same
folder is bringing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent import metrics
from agent.outbound.opt_outs_left import OptOutsLeft
from calls.ports import StateStore
from calls.replay import Replay
from ops import logging
from ops.clock import Clock
from ops.tasks import TaskSet

_log = logging.get(__name__)

_EVERY_S = 10.0


class Leftovers:
    """One per worker. `stores` are ways to the same state, which it owns: the first that answers gets all there is.

    Without any it does nothing: a state of this process alone is no place for other processes' calls. `opt_outs`: those
    that are to be brought as well.
    """

    def __init__(
        self,
        stores: Sequence[StateStore],
        directory: Path,
        clock: Clock,
        every_s: float = _EVERY_S,
        opt_outs: OptOutsLeft | None = None,
    ) -> None:
        self._ways = [(store, Replay(store, directory, clock)) for store in stores]
        self._clock, self._every_s = clock, every_s
        self._opt_outs = opt_outs
        self._waiting = False
        self._tasks = TaskSet("leftovers")

    def start(self) -> None:
        if self._ways:
            self._tasks.spawn(self._run(), name="bring")

    async def aclose(self) -> None:
        await self._tasks.aclose()
        for store, _ in self._ways:
            await store.aclose()

    async def _run(self) -> None:
        while True:
            await self.once()
            if self._opt_outs is not None:
                await self._opt_outs.once()
            await self._clock.sleep(self._every_s)

    async def once(self) -> bool:
        """One try at each file. False: some of it is still on disk. Raises nothing."""
        if await self._bring():
            self._waiting = False
            return True
        if not self._waiting:
            _log.warning("spilled events wait for a store")
        self._waiting = True
        return False

    async def _bring(self) -> bool:
        if not self._ways or not await self._ways[0][1].has_files():
            return True
        for store, replay in self._ways:
            # Asked first: while a file waits for a store in our hands, a job that resumes the call cannot take it.
            if not await store.ready():
                continue
            brought = replay.replayed
            try:
                if await replay.once():
                    return True
            finally:
                metrics.JOURNAL_REPLAYED.inc(replay.replayed - brought)
        return False
