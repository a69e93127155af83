"""What one call keeps outside its own process: its store, the journal in front of it, its history, and its lease."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from livekit import rtc

from agent.behind import Behind
from agent.build import App
from agent.callers import Dispatch
from agent.chronicle import Chronicle
from agent.pulse import Pulse
from agent.recall import Past
from calls.journal import Journal
from calls.ports import Lease, StateStore, StoreDown
from calls.record import CallRecord
from ops import logging
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

_log = logging.get(__name__)

_SPILLED_S = 0.5
_RECALL_S = 3.0  # the caller is in silence meanwhile: long enough for a store that is slow, not for one that is gone
_FLUSH_S = 2.0
_CLOSE_S = 5.0


class Keeping:
    """One per call. Which store it is may depend on the call, so it is made when the call is known.

    `lost` is called once where another worker has taken the call over.
    """

    def __init__(self, app: App, tasks: TaskSet, lost: Callable[[], None]) -> None:
        self._app, self._tasks, self._lost = app, tasks, lost
        self._store: StateStore | None = None
        self._journal: Journal | None = None
        self._pulse: Pulse | None = None
        self._behind: Behind | None = None
        self._watching: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return str(self._journal.state) if self._journal else "nothing kept"

    @property
    def store_is_down(self) -> bool:
        return self._journal is not None and self._journal.state.down

    def recall(self, dispatch: Dispatch) -> Awaitable[Past | None]:
        """Begin to read the call of `dispatch.resume` as another worker left it, what it had spilled on this machine's
        disk included. None where the store does not know it or does not answer in time."""
        call_id = dispatch.resume or ""
        store, journal = self._open(call_id, dispatch.persona or "")
        return self._tasks.spawn(_recall(store, journal, call_id), name="recall")

    def chronicle(self, record: CallRecord, past: Past | None) -> Chronicle:
        """Begin the call's history, or go on with that of another worker (epoch 2 and more)."""
        _, journal = self._open(record.call_id, record.persona)
        self._behind = Behind(lambda: journal.state, self._app.clock)
        self._tasks.spawn(journal.start(), name="journal")
        self._watching = self._tasks.spawn(self._behind.watch(), name="behind")
        chronicle = Chronicle(record, journal, self._app.clock)
        if record.epoch == 1:
            chronicle.opened()
            return chronicle
        if past is not None:
            journal.adopt(past.record, list(past.events))
        known = len(past.events) if past else 0
        _log.info("call taken over", call_id=record.call_id, epoch=record.epoch, events=known)
        chronicle.resumed(past)
        return chronicle

    def hold(self, record: CallRecord, room: rtc.Room) -> None:
        """Say from now on that this worker has the call, and answer to who asks."""
        store, _ = self._open(record.call_id, record.persona)
        self._pulse = Pulse(store, self._app.clock, self._tasks, self._lost)
        me, worker = room.local_participant.identity, self._app.settings.worker.agent_name
        self._pulse.answer_in(room)
        self._pulse.hold(Lease(record.call_id, record.epoch, record.room, me, worker, record.line, record.persona))

    async def is_ours(self) -> bool:
        """Do we still hold the call? A store that cannot be asked does not say no."""
        return self._pulse is None or await self._pulse.is_ours()

    async def end(self, *, goes_on: bool) -> None:
        """All that is written is stored; nobody holds the call any more, or somebody else is asked to."""
        if self._journal is not None:
            await self._journal.flush(_FLUSH_S)
        if self._pulse is not None:
            await (self._pulse.give_up() if goes_on else self._pulse.release())

    async def aclose(self) -> None:
        if self._journal is not None:
            await self._journal.aclose(_CLOSE_S)
        if self._watching is not None:
            self._watching.cancel()
        if self._behind is not None:
            self._behind.observe()

    def _open(self, call_id: str, persona: str) -> tuple[StateStore, Journal]:
        if self._store is None or self._journal is None:
            self._store = self._app.store(call_id, persona)
            self._journal = self._app.journal(self._store)
        return self._store, self._journal


async def _recall(store: StateStore, journal: Journal, call_id: str) -> Past | None:
    try:
        async with deadline(_RECALL_S, "recall"):
            await journal.recover(call_id, _SPILLED_S)
            record = await store.record(call_id)
            return Past(record, await store.events(call_id)) if record is not None else None
    except (StoreDown, DeadlineExceeded) as error:
        _log.error("call cannot be recalled", call_id=call_id, error_type=type(error).__name__)
        return None
