"""What a worker's parent does when one of its job processes ends: it gives the call's lease up.

Where the call had ended nobody holds a lease and nothing happens. Where the process was killed in a call, whoever
watches the leases need not wait until this one runs out.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.build import App
from agent.opening import CALL_ID_ATTRIBUTE, EPOCH_ATTRIBUTE
from calls.ids import is_call_id
from calls.ports import StateStore, StoreDown
from ops import logging
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

_log = logging.get(__name__)
_GIVE_UP_S = 2.0


class Bereaved:
    """One per worker. The store is made at the first need, in the loop that uses it."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._store: StateStore | None = None
        self._tasks = TaskSet("bereaved")

    def tell(self, attributes: Mapping[str, str]) -> None:
        """A job process has ended; `attributes` are those its agent had in the room."""
        call_id, epoch = attributes.get(CALL_ID_ATTRIBUTE), attributes.get(EPOCH_ATTRIBUTE, "")
        if self._app.state_is_shared and is_call_id(call_id) and epoch.isdecimal():
            self._tasks.spawn(self._give_up(str(call_id), int(epoch)), name="give up")

    async def aclose(self) -> None:
        await self._tasks.aclose()
        if self._store is not None:
            await self._store.aclose()

    async def _give_up(self, call_id: str, epoch: int) -> None:
        if self._store is None:
            self._store = self._app.store()
        try:
            async with deadline(_GIVE_UP_S, "lease"):
                await self._store.give_up(call_id, epoch)
        except (StoreDown, DeadlineExceeded) as error:
            _log.warning("lease not given up, it will run out", call_id=call_id, error_type=type(error).__name__)
