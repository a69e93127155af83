"""Writes that the store would not take, kept in files until it does: one JSON object a line, one file a call.

A file's owner holds a lock on it for as long as it lives: a file whose lock is free was left by a dead process, and any
other may replay it. Blocking: called in a thread. Files are 0600, for they hold what was said.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from calls import wire
from calls.ids import is_call_id
from calls.ports import Write

_NAMES = 100  # a call's file may be in another's hands: then .1, .2 ...


class Spill:
    """Raises OSError: the disk is full, or not there."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._own: dict[str, io.FileIO] = {}
        self._orphans: list[io.FileIO] = []

    def append(self, call_id: str, writes: Sequence[Write]) -> None:
        """Keep `writes`, all or none of them."""
        file = self._own.get(call_id) or self._create(call_id)
        lines = b"".join(json.dumps(_encode(write), ensure_ascii=False).encode() + b"\n" for write in writes)
        end = file.seek(0, os.SEEK_END)
        try:
            while lines:
                lines = lines[file.write(lines) :]
        except OSError:
            file.truncate(end)
            raise

    def claim(self) -> list[io.FileIO]:
        """Our own files and those that dead processes left, which are locked by us until `release`."""
        for path in sorted(self._directory.glob("*.jsonl")):
            if file := _lock(path, os.O_RDWR):
                self._orphans.append(file)
        return [*self._own.values(), *self._orphans]

    def release(self) -> None:
        """Let go of the dead processes' files that are not `done`."""
        while self._orphans:
            self._orphans.pop().close()

    def read(self, file: io.FileIO) -> list[Write]:
        """The file's writes in their order. A torn last line, left by a crash, is not there.

        A file that is none of ours is set aside as `*.unreadable`, and raises OSError.
        """
        file.seek(0)
        lines = file.read().split(b"\n")
        try:
            return [_decode(json.loads(line)) for line in lines[:-1]]
        except (ValueError, KeyError, TypeError) as error:
            path = Path(str(file.name))
            path.replace(path.with_suffix(".unreadable"))
            raise OSError(f"{path.name} is no spill file, set aside: {type(error).__name__}") from error

    def done(self, file: io.FileIO) -> None:
        """All of the file is in the store: delete it."""
        Path(str(file.name)).unlink(missing_ok=True)
        for call_id in [call_id for call_id, own in self._own.items() if own is file]:
            del self._own[call_id]
        file.close()

    def close(self) -> None:
        """Let go of our files: the next process replays them."""
        for file in self._own.values():
            file.close()
        self._own.clear()
        self.release()

    def _create(self, call_id: str) -> io.FileIO:
        if not is_call_id(call_id):
            raise OSError("a call's id is letters, digits, - and _")
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(_NAMES):
            name = f"{call_id}.{number}.jsonl" if number else f"{call_id}.jsonl"
            if file := _lock(self._directory / name, os.O_RDWR | os.O_CREAT):
                file.seek(0)
                file.truncate(file.read().rfind(b"\n") + 1)  # the torn line of a crash
                self._own[call_id] = file
                return file
        raise OSError(f"{_NAMES} spill files of one call are in use")


def _lock(path: Path, flags: int) -> io.FileIO | None:
    """The file, locked and still in its place; None where another holds it."""
    try:
        file = io.FileIO(path, "r+", opener=lambda name, _: os.open(name, flags, 0o600))
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file.fileno()).st_nlink:
            return file
    except BlockingIOError:
        pass
    file.close()
    return None


def _encode(write: Write) -> dict[str, Any]:
    record, events = wire.encode_record(write.record), [wire.encode(event) for event in write.events]
    return {"key": write.key, "expected_version": write.expected_version, "record": record, "events": events}


def _decode(line: dict[str, Any]) -> Write:
    events = tuple(wire.decode(event) for event in line["events"])
    return Write(str(line["key"]), wire.decode_record(line["record"]), int(line["expected_version"]), events)
