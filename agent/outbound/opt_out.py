"""Who wants no more calls is called no more: written down at once, whatever the model makes of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from agent import metrics
from calls.permits import OptOut, Permits
from calls.ports import StoreDown
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline

_log = logging.get(__name__)

WORDS = "You will get no more calls from us. I'm sorry for the trouble. Goodbye."

_KEPT_S = 2.0


class NoMoreCalls:
    """The opt-out of one call's other side, `number` (E.164; None: withheld, so there is nobody to call).

    The record has it too, under `opt_out`, `opt_out_how`, and `opt_out_kept`, which says whether the list has it: where
    not, whoever reads the closed record can bring it there.
    """

    def __init__(
        self,
        permits: Callable[[], AbstractAsyncContextManager[Permits]],
        number: str | None,
        call_id: str,
        clock: Clock,
        note: Callable[..., Any],
    ) -> None:
        self._permits, self._number, self._call_id = permits, number, call_id
        self._clock, self._note = clock, note
        self._kept = False

    async def take(self, how: str) -> bool:
        """On the list, for every line, from now on. `how`: voice or key. False: only the record has it."""
        if self._kept or self._number is None:
            return self._kept
        self._note(opt_out=True, opt_out_how=how, opt_out_kept=False)
        out = OptOut(self._number, self._clock.now(), how, self._call_id)
        try:
            async with deadline(_KEPT_S, "opt-out"), self._permits() as permits:
                await permits.opt_out(out)
        except (StoreDown, DeadlineExceeded) as error:
            metrics.OPT_OUTS.labels(kept="no").inc()
            _log.error("opt-out is only in the call's record", error_type=type(error).__name__)
            return False
        self._kept = True
        self._note(opt_out_kept=True)
        metrics.OPT_OUTS.labels(kept="yes").inc()
        _log.info("opted out", reason=how)
        return True
