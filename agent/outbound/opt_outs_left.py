"""What a worker's parent does about opt-outs that its job processes could not bring to the list: it brings them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from agent import metrics
from agent.outbound.opt_out_files import OptOutFiles
from calls.permits import OptOut, Permits
from calls.ports import StoreDown
from ops import logging
from ops.deadline import DeadlineExceeded, deadline

_log = logging.get(__name__)

_BRING_S = 5.0


class OptOutsLeft:
    """One per worker. A living job process brings its own too: said twice, the first time stands."""

    def __init__(self, files: OptOutFiles, permits: Callable[[], AbstractAsyncContextManager[Permits]]) -> None:
        self._files, self._permits = files, permits
        self._waiting = False

    async def once(self) -> bool:
        """One try. False: some are still on disk, or nobody knows. Raises nothing."""
        try:
            for out in await asyncio.to_thread(self._files.waiting):
                await self._bring(out)
        except (StoreDown, DeadlineExceeded, OSError) as error:
            if not self._waiting:
                _log.warning("opt-outs wait for the list", error_type=type(error).__name__)
            self._waiting = True
            return False
        self._waiting = False
        return True

    async def _bring(self, out: OptOut) -> None:
        async with deadline(_BRING_S, "opt-out"), self._permits() as permits:
            await permits.opt_out(out)
        await asyncio.to_thread(self._files.forget, out.call_id)
        metrics.OPT_OUTS.labels(kept="yes").inc()
        _log.info("opt-out brought to the list", call_id=out.call_id)
