"""Call records as files, for people and programs to read: `<call_id>.jsonl` has one wire event a line, `<call_id>.json`
the newest record. Blocking: called in a thread. The directory is 0700 and the files 0600, for they hold what was said.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from calls import wire
from calls.events import Event
from calls.ids import is_call_id
from calls.record import CallRecord


class Files:
    """Raises OSError, and ValueError for an id that cannot be a file's name."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def write(self, record: CallRecord, events: Sequence[Event], offset: int) -> int:
        """Append `events` at `offset`, over what a failed attempt left; replace the record. Returns their end."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = "".join(_line(wire.encode(event)) for event in events).encode()
        with _open(self._path(record.call_id, ".jsonl"), os.O_RDWR | os.O_CREAT) as file:
            file.truncate(offset)
            file.seek(offset)
            file.write(lines)
        whole, partial = self._path(record.call_id, ".json"), self._path(record.call_id, ".json.partial")
        with _open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
            file.write(_line(wire.encode_record(record)).encode())
        partial.replace(whole)
        return offset + len(lines)

    def read(self, call_id: str) -> tuple[CallRecord | None, list[Event], int]:
        """The call's record, its events, and where they end in their file: a torn or foreign last line is not read."""
        whole, path = self._path(call_id, ".json"), self._path(call_id, ".jsonl")
        try:
            record = wire.decode_record(json.loads(whole.read_bytes()))
        except FileNotFoundError:
            return None, [], 0
        except ValueError as error:
            raise OSError(f"{call_id}.json cannot be read: {type(error).__name__}") from error
        events: list[Event] = []
        offset = 0
        for line in path.read_bytes().split(b"\n")[:-1] if path.exists() else []:
            try:
                events.append(wire.decode(json.loads(line)))
            except ValueError:
                break
            offset += len(line) + 1
        return record, events, offset

    def records(self) -> dict[str, CallRecord | None]:
        """All records of the directory; unreadable ones are None."""
        try:
            paths = list(self._directory.iterdir())
        except FileNotFoundError:
            return {}  # nothing was written yet
        return {path.stem: _record(path) for path in paths if path.suffix == ".json"}

    def erase(self, call_id: str) -> None:
        """Without a trace."""
        for suffix in (".json", ".json.partial", ".jsonl"):
            self._path(call_id, suffix).unlink(missing_ok=True)

    def check(self) -> None:
        """Can a file be made here?"""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = self._directory / f".probe-{os.getpid()}"
        probe.touch(mode=0o600)
        probe.unlink(missing_ok=True)

    def _path(self, call_id: str, suffix: str) -> Path:
        if not is_call_id(call_id):
            raise ValueError("a call's id is letters, digits, - and _")
        return self._directory / f"{call_id}{suffix}"


def _open(path: Path, flags: int) -> Any:
    return os.fdopen(os.open(path, flags, 0o600), "r+b" if flags & os.O_RDWR else "wb")


def _line(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, allow_nan=False) + "\n"


def _record(path: Path) -> CallRecord | None:
    try:
        return wire.decode_record(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return None
