"""The directory of the spools: `<call_id>.<epoch>.ogg` and its JSON beside it. Blocking: called in threads.

Who writes a spool holds a lock on it for as long as it lives; one whose lock is free is complete, or its process died.
Files are 0600, the directory 0700: they are what callers said.
"""

from __future__ import annotations

import errno
import io
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent.spool.beside import Beside, decode
from ops import logging
from ops.locked_file import locked

_log = logging.get(__name__)

_SOUND, _BESIDE, _ASIDE = ".ogg", ".json", ".unreadable"
KEEP_S = 7 * 24 * 3600.0
"""A caller's voice lies on this disk no longer than that, whatever becomes of it."""
# The disk is first of all for what cannot be had again: the events of calls, and the diary.
LEAST_FREE = 256 * 1024 * 1024
_BARE_S = 60.0  # a sound without its JSON: its writer died within the moment between the two


@dataclass(frozen=True, slots=True)
class Left:
    """A spool that nobody writes any more, locked by us until `done` or `let_go`."""

    path: Path
    file: io.FileIO
    beside: Beside

    def age_s(self, now: float) -> float:
        """Since it was last written, by the disk's clock; `now` is UTC epoch seconds."""
        return now - os.fstat(self.file.fileno()).st_mtime

    def done(self) -> None:
        """Nobody needs it any more."""
        remove(self.path)
        self.file.close()

    def let_go(self) -> None:
        self.file.close()


class Place:
    """Raises OSError: the disk is full, or not there."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def create(self, beside: Beside) -> tuple[Path, io.FileIO]:
        """A new spool, locked. Raises FileExistsError where this worker had the call before."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.check_room()
        path = self._directory / f"{beside.call_id}.{beside.epoch}{_SOUND}"
        file = locked(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        if file is None:
            raise FileExistsError(errno.EEXIST, "a keeper holds the spool")
        try:
            self.describe(path, beside)
        except OSError:
            file.close()
            raise
        return path, file

    def describe(self, path: Path, beside: Beside) -> None:
        """The spool's JSON, whole or as it was."""
        part = path.with_suffix(f"{_BESIDE}.part")
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(beside.encode())
        part.replace(path.with_suffix(_BESIDE))

    def check_room(self) -> None:
        """Raises OSError (ENOSPC) where the disk is nearly full."""
        if shutil.disk_usage(self._directory).free < LEAST_FREE:
            raise OSError(errno.ENOSPC, "the disk is nearly full")

    def spools(self) -> list[Path]:
        """Those of the living too, the oldest first (ids of calls are in the order of time)."""
        return sorted(self._directory.glob(f"*{_SOUND}"))

    def forget_aside(self, now: float) -> None:
        """Delete what was set aside and is too old by now. `now`: UTC epoch seconds."""
        for path in self._directory.glob(f"*{_ASIDE}"):
            if now - path.stat().st_mtime > KEEP_S:
                remove(path)
                path.unlink(missing_ok=True)

    def take(self, path: Path, now: float) -> Left | None:
        """None where its writer lives, or it is gone, or no spool. `now`: UTC epoch seconds."""
        file = locked(path, os.O_RDWR)
        if file is None:
            return None
        try:
            return Left(path, file, decode(path.with_suffix(_BESIDE).read_bytes()))
        except FileNotFoundError:
            if now - os.fstat(file.fileno()).st_mtime > _BARE_S:
                remove(path)
        except ValueError:
            self._set_aside(path)
        except BaseException:
            file.close()
            raise
        file.close()
        return None

    def _set_aside(self, path: Path) -> None:
        """For a person to look at, in time: nobody knows whose it is."""
        _log.error("spool without a readable JSON, set aside", file=path.name)
        path.replace(path.with_suffix(_ASIDE))


def remove(path: Path) -> None:
    """A spool and its JSON: that first, for a sound alone is deleted whenever it is found."""
    for suffix in (f"{_BESIDE}.part", _BESIDE, _SOUND):
        with suppress(FileNotFoundError):
            path.with_suffix(suffix).unlink()
