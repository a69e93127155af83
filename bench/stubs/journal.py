"""What the stubs saw and when, as JSON lines: the stages of an answer are read from it afterwards. Times are this
machine's monotonic clock in seconds, which all its processes share."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

STAGES = ("stable", "final", "llm_asked", "llm_first", "tts_asked", "tts_first")


@dataclass(frozen=True, slots=True)
class Seen:
    what: str
    at: float


class StageJournal:
    """Appends one line for each event; without a path it writes nothing."""

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1) if path else None

    def write(self, what: str) -> None:
        if self._file is not None:
            self._file.write(json.dumps({"what": what, "at": time.monotonic()}) + "\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def read(path: Path) -> list[Seen]:
    """All whole lines so far, in order of time."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return sorted((Seen(**json.loads(line)) for line in lines if line.endswith("}")), key=lambda seen: seen.at)
