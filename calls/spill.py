"""What the store could not take, kept in files until it does: a line is a snapshot and the events since the one before.

One file a call and process. Its owner holds a lock on it for as long as it lives: a file whose lock is free was left by
a dead process, and any other may replay it. Files are 0600, for they hold what was said. Blocking: called in a thread.

Each append is fsynced: a power cut loses what was not yet appended; the loss of the node loses the disk itself, unless
AGENT_STATE_DIR is a volume that outlives it.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from calls import wire
from calls.events import Event
from calls.ids import is_call_id
from calls.record import CallRecord
from calls.standing import settle
from ops.locked_file import locked

_NAMES = 100  # a call's file may be in another's hands: then .1, .2 ...
_SUFFIX = ".jsonl"


@dataclass(frozen=True, slots=True)
class Left:
    """A file that a dead process left, locked by us until `done` or `let_go`."""

    file: io.FileIO

    def read(self) -> tuple[CallRecord | None, list[Event], int]:
        """The newest snapshot, the events in the order of (epoch, seq), each once, and how many lines were unreadable.

        A torn last line, left by a crash, is not counted. Raises OSError.
        """
        record, bad = None, 0
        events: dict[tuple[int, int], Event] = {}
        self.file.seek(0)
        for line in self.file.read().split(b"\n")[:-1]:
            try:
                content = json.loads(line)
                snapshot = wire.decode_record(content["record"])
                found = [wire.decode(event) for event in content["events"]]
            except (ValueError, KeyError, TypeError, AttributeError):
                bad += 1
                continue
            record = settle(snapshot, record)
            events.update({(event.epoch, event.seq): event for event in found})
        return record, [events[place] for place in sorted(events)], bad

    def done(self) -> None:
        """All of it is in the store."""
        Path(str(self.file.name)).unlink(missing_ok=True)
        self.file.close()

    def set_aside(self) -> None:
        """Keep it as `*.unreadable`, for a person: nobody replays it again."""
        path = Path(str(self.file.name))
        path.replace(path.with_suffix(".unreadable"))
        self.file.close()

    def let_go(self) -> None:
        self.file.close()


class Spill:
    """Our own files of `directory`, and those of the dead. Raises OSError: the disk is full, or not there."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._own: dict[str, io.FileIO] = {}

    def append(self, record: CallRecord, events: Sequence[Event]) -> None:
        """Keep `record` and `events`, all or nothing of them."""
        line = json.dumps(
            {"record": wire.encode_record(record), "events": [wire.encode(event) for event in events]},
            ensure_ascii=False,
        )
        file = self._own.get(record.call_id) or self._create(record.call_id)
        left, end = line.encode() + b"\n", file.seek(0, os.SEEK_END)
        try:
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
        except OSError:
            file.truncate(end)
            raise

    def forget(self, call_id: str) -> None:
        """All of our own file is in the store: delete it."""
        if (file := self._own.pop(call_id, None)) is not None:
            Left(file).done()

    def let_go(self, call_id: str) -> None:
        """Give our own file up, to be replayed as if we were dead."""
        if (file := self._own.pop(call_id, None)) is not None:
            file.close()

    def close(self) -> None:
        """Let go of all our files: the next process replays them."""
        for call_id in list(self._own):
            self.let_go(call_id)

    def files(self, call_id: str | None = None) -> list[Path]:
        """All files (`call_id`: those of that call), ours and those of other processes, living or dead."""
        every = sorted(self._directory.glob(f"*{_SUFFIX}"))
        return [path for path in every if call_id in (None, path.name.partition(".")[0])]

    def take(self, path: Path) -> Left | None:
        """The file, where a dead process left it; None where its owner lives, or it is gone."""
        file = locked(path, os.O_RDWR)
        return Left(file) if file is not None else None

    def _create(self, call_id: str) -> io.FileIO:
        if not is_call_id(call_id):
            raise OSError("a call's id is letters, digits, - and _")
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(_NAMES):
            name = f"{call_id}.{number}{_SUFFIX}" if number else f"{call_id}{_SUFFIX}"
            if file := locked(self._directory / name, os.O_RDWR | os.O_CREAT):
                try:
                    file.seek(0)
                    file.truncate(file.read().rfind(b"\n") + 1)  # the torn line of a crash
                    _sync_directory(self._directory)
                except OSError:
                    file.close()
                    raise
                self._own[call_id] = file
                return file
        raise OSError(f"{_NAMES} spill files of one call are in use")


def _sync_directory(directory: Path) -> None:
    """The file's name has to survive a power cut too."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
