"""The way to the state that the flags choose for a call.

The worker's parent process asks the store for them and leaves them in a file; a job process reads that file when its
call begins, and never waits for the flags.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from agent.settings import State
from calls import flags
from calls.flags import FlagKeeper, Flags
from calls.ports import StoreDown
from ops import logging
from ops.clock import Clock
from ops.tasks import TaskSet

_log = logging.get(__name__)

_FILE = "flags.json"
_EVERY_S = 5.0


def choose(state: State, chosen: Flags, call_id: str, persona: str) -> str:
    """The URL of this call's store. A way that is not configured here is as none named: STATE_URL."""
    route = chosen.route(call_id, persona)
    if route is None:
        return state.url
    url = {flags.REDIS: state.redis_url, flags.GATEWAY: state.gateway_url}[route]
    if url is None:
        _log.warning("the flags name a way to the state that is not configured", route=route, call_id=call_id)
        return state.url
    return url


def routes(state: State) -> list[str]:
    """Every URL the flags can be read from, STATE_URL first: a rollback must arrive also when one way is broken."""
    return list(dict.fromkeys(url for url in (state.url, state.redis_url, state.gateway_url) if url))


def read(state_dir: Path) -> Flags:
    """What the parent process left; no flags where there is no file, or none that can be read."""
    try:
        return flags.decode((state_dir / _FILE).read_bytes())
    except OSError:
        return Flags()


class FlagPoll:
    """Keeps the file in step with the store. `keepers` are ways to the same flags: the first that answers is believed.

    Owns the keepers. While none answers the file stays as it is.
    """

    def __init__(self, keepers: Sequence[FlagKeeper], state_dir: Path, clock: Clock, every_s: float = _EVERY_S) -> None:
        self._keepers, self._state_dir = keepers, state_dir
        self._clock, self._every_s = clock, every_s
        self._known: Flags | None = None
        self._tasks = TaskSet("flags")

    def start(self) -> None:
        if self._keepers:
            self._tasks.spawn(self._run(), name="poll")

    async def aclose(self) -> None:
        await self._tasks.aclose()
        for keeper in self._keepers:
            await keeper.aclose()

    async def _run(self) -> None:
        while True:
            await self.once()
            await self._clock.sleep(self._every_s)

    async def once(self) -> None:
        """Ask, and leave the answer in the file where it is news. Raises nothing."""
        found = await self._ask()
        if found is None or found == self._known:
            return
        try:
            await asyncio.to_thread(_leave, self._state_dir, flags.encode(found))
        except OSError as error:
            _log.error("flags cannot be left for the calls", error=error)
            return
        self._known = found
        _log.info("flags changed", personas=len(found.personas), percent=found.percent_gateway, route=found.default)

    async def _ask(self) -> Flags | None:
        for keeper in self._keepers:
            try:
                return await keeper.read()
            except StoreDown:
                continue
        return None


def _leave(state_dir: Path, text: str) -> None:
    """A reader finds the old file or the new one, never half of one."""
    state_dir.mkdir(parents=True, exist_ok=True)
    new = state_dir / f"{_FILE}.new"
    new.write_text(text)
    new.replace(state_dir / _FILE)
