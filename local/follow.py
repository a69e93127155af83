"""Following calls through the files that the worker leaves of them: what is new in <records_dir>/*.jsonl."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WireEvent = Mapping[str, Any]
"""An event as calls/wire.py writes it: {"v": 1, "kind": "caller_spoke", "call_id", "seq", "at", its own fields}."""


@dataclass
class Follower:
    """Reads what was added to the files of a directory since it last looked. What is there at the start is not told."""

    directory: Path
    _read: dict[Path, int] = field(default_factory=dict)  # bytes of each file that were read, whole lines only
    _told: dict[str, int] = field(default_factory=dict)  # the last sequence number told of each call

    def __post_init__(self) -> None:
        for events in self.directory.glob("*.jsonl"):
            self._read[events] = events.stat().st_size

    def new(self) -> Iterator[WireEvent]:
        """Events that came since the last time, each once though a replay may have written it twice.

        A line that is no event (a crash in mid-write) is passed over: showing calls must not end with one.
        """
        for events in sorted(self.directory.glob("*.jsonl")):
            with events.open("rb") as file:
                file.seek(self._read.get(events, 0))
                added = file.read()
            whole = added.rfind(b"\n") + 1
            self._read[events] = self._read.get(events, 0) + whole
            for line in added[:whole].splitlines():
                event = _parsed(line)
                if event and event["seq"] > self._told.get(event["call_id"], 0):
                    self._told[event["call_id"]] = event["seq"]
                    yield event


def _parsed(line: bytes) -> WireEvent | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    if not isinstance(event, dict) or not {"kind", "call_id", "seq", "at"} <= event.keys():
        return None
    return event
