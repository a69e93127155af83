"""Writes a call's track to this machine's disk, in a thread of its own: a slow disk holds up no sound.

What breaks here ends the spool, not the call: it gives up with a metric, and what it had stays as it is.
"""

from __future__ import annotations

import asyncio
import errno
import io
import threading
from contextlib import suppress
from pathlib import Path

from agent import metrics
from agent.spool.beside import Beside
from agent.spool.lanes import RATE
from agent.spool.opus_file import OpusFile
from agent.spool.place import Place, remove
from agent.spool.timeline import Timeline
from agent.spool.track import Track
from ops import logging

_log = logging.get(__name__)

_TICK_S = 0.2
# A moment is written when so much has passed since: what was heard then has come by now, in the right place.
_SETTLED_S = 0.4
_ROOM_EVERY_S = 5.0
LONGEST_S = 6 * 3600.0  # no call lasts so long (calls.policy.LengthPolicy): 85 MB


class GivenUp(Exception):
    """`reason`: slow, long."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Writing:
    """One spool, in the writer's thread: `open`, then `step` now and then, at last `finish`. Raises OSError, GivenUp.

    `beside` may be replaced at any time: it is written with the next step.
    """

    def __init__(self, track: Track, place: Place, beside: Beside, begun_at: float) -> None:
        self._track, self._place, self.beside = track, place, beside
        self._timeline = Timeline(begun_at)
        self._begun_at = begun_at
        self._described = beside
        self._room_checked_at = begun_at
        self._path: Path | None = None
        self._file: io.FileIO | None = None
        self._sound: OpusFile | None = None

    def open(self) -> None:
        self._path, self._file = self._place.create(self.beside)
        self._sound = OpusFile(self._file, RATE)

    def step(self) -> None:
        """Write what is settled by now."""
        alive_at = self._track.alive_at  # before the marks: all that was heard by then is among them
        if alive_at - self._begun_at > LONGEST_S:
            raise GivenUp("long")
        self._write(alive_at - _SETTLED_S)
        if alive_at - self._room_checked_at > _ROOM_EVERY_S:
            self._room_checked_at = alive_at
            self._place.check_room()

    def finish(self, at: float) -> None:
        """Write all up to `at`, the moment of the last sample, and the file's end."""
        self._write(at)
        if self._timeline.done == 0:
            self.remove()  # it ended as it began
        elif self._sound is not None:
            self._sound.close()

    def let_go(self) -> None:
        """From now on it is the keeper's."""
        if self._file is not None:
            self._file.close()

    def remove(self) -> None:
        """It is not to be kept."""
        if self._path is not None:
            remove(self._path)

    def _write(self, until: float) -> None:
        if self._track.overrun:
            raise GivenUp("slow")
        for mark in self._track.take():
            self._timeline.add(mark)
        while self._sound is not None and len(block := self._timeline.render(until)):
            self._sound.write(block)
        if self._path is not None and (beside := self.beside) is not self._described:
            self._place.describe(self._path, beside)
            self._described = beside


class Writer:
    """The thread around a `Writing`. `start`, and later `stop` or `discard`; then `ended` is set, in the event loop."""

    def __init__(self, track: Track, writing: Writing) -> None:
        self._track, self._writing = track, writing
        self._stop = threading.Event()
        self._ended_at: float | None = None
        self._discard = False
        self._loop = asyncio.get_running_loop()
        self.ended = asyncio.Event()
        # A daemon: a disk that hangs for ever must not keep the job process from its end.
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def describe(self, beside: Beside) -> None:
        self._writing.beside = beside

    def stop(self, at: float) -> None:
        """The last sample was heard at the moment `at`."""
        self._ended_at = at
        self._stop.set()

    def discard(self) -> None:
        """Keep nothing of it."""
        self._discard = True
        self._stop.set()

    def _run(self) -> None:
        try:
            self._writing.open()
            while not self._stop.wait(_TICK_S):
                self._writing.step()
            if not self._discard and self._ended_at is not None:
                self._writing.finish(self._ended_at)
        except Exception as error:  # noqa: BLE001 - whatever it is, the call goes on without its spool
            self._give_up(error)
        finally:
            self._track.close()
            self._leave()

    def _leave(self) -> None:
        try:
            if self._discard:
                self._writing.remove()
            self._writing.let_go()
        except OSError as error:
            _log.error("spool cannot be left", error_type=type(error).__name__)
        with suppress(RuntimeError):  # the loop has closed, and nobody waits
            self._loop.call_soon_threadsafe(self.ended.set)

    def _give_up(self, error: Exception) -> None:
        reason = _reason(error)
        metrics.SPOOLS_GIVEN_UP.labels(reason=reason).inc()
        _log.error("backup of the recording given up", reason=reason, error_type=type(error).__name__)


def _reason(error: Exception) -> str:
    if isinstance(error, GivenUp):
        return error.reason
    if isinstance(error, OSError):
        return "disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else "disk"
    return "broken"
