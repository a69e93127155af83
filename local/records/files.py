"""Records as `STATE_URL=memory:///directory` leaves them: <call_id>.json the newest, <call_id>.jsonl its events."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from local.records.order import is_event, place
from local.records.unreadable import RecordsUnreadableError
from ops.deadline import DeadlineExceeded, deadline

_WITHIN_S = 2.0
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class FileRecords:
    """See local.records.Records. Half a file or half a line, seen while the worker writes it, is none yet."""

    directory: Path

    async def record(self, call_id: str) -> Mapping[str, Any] | None:
        path = self._path(call_id, ".json")
        return await _in_thread(lambda: _record(path)) if path else None

    async def events(self, call_id: str, after: tuple[int, int] = (0, 0)) -> Sequence[Mapping[str, Any]]:
        path = self._path(call_id, ".jsonl")
        found = await _in_thread(lambda: _events(path)) if path else []
        return [event for event in found if place(event) > after]

    async def open_calls(self) -> Sequence[str]:
        return [call_id for call_id, record in (await self.all()).items() if record.get("ended_at") is None]

    async def calls(self) -> Sequence[str]:
        return list(await self.all())

    async def all(self) -> Mapping[str, Mapping[str, Any]]:
        def read() -> dict[str, Mapping[str, Any]]:
            found = {path.stem: _record(path) for path in self.directory.glob("*.json")}
            return {call_id: record for call_id, record in found.items() if record is not None}

        return await _in_thread(read)

    def _path(self, call_id: str, suffix: str) -> Path | None:
        # The id came from outside, and becomes a file's name.
        return self.directory / f"{call_id}{suffix}" if re.fullmatch(r"[\w-]+", call_id) else None


def _record(path: Path) -> Mapping[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _events(path: Path) -> list[Mapping[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if is_event(event):
            found.append(event)
    return sorted({place(event): event for event in found}.values(), key=place)


async def _in_thread(read: Callable[[], _T]) -> _T:
    try:
        async with deadline(_WITHIN_S, "call records on disk"):
            return await asyncio.to_thread(read)
    except (OSError, DeadlineExceeded) as error:
        raise RecordsUnreadableError(f"call records on disk: {error}") from error
