"""How a call ended, from its record on disk (the agent's `STATE_URL=memory:///dir`)."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline

_LOOK_EVERY_S = 0.1  # nobody tells a process about a file


async def closed_record(records: Path, call_id: str, clock: Clock, timeout_s: float = 10.0) -> dict[str, Any] | None:
    """The call's record once it has an outcome; the last one seen when it has none in time, None without any."""
    if not re.fullmatch(r"[\w-]+", call_id):  # it came from outside and becomes a file's name
        return None
    record: dict[str, Any] | None = None
    try:
        async with deadline(timeout_s, "the call's record"):
            while True:
                record = await asyncio.to_thread(_read, records / f"{call_id}.json") or record
                if record and record.get("outcome"):
                    return record
                await clock.sleep(_LOOK_EVERY_S)
    except DeadlineExceeded:
        return record


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None
