"""The values of processes that have ended: kept in one file for each type, instead of a few files for each call.

prometheus_client (multiprocess mode) gives every process its own files of 64 KiB, e.g. counter_4711.db, and
never takes one away. Here the counts of ended processes move to counter_ended.db and histogram_ended.db; their live
gauges, a killed process' calls among them, are dropped.
"""

from __future__ import annotations

import os
import struct
import threading
from collections import defaultdict
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from ops import logging

_log = logging.get(__name__)

# Gauges of another mode than live* stay, as their mode says; of those only the parent has any.
_SUMMED = ("counter", "histogram", "summary")
_ENDED = "ended"  # where other files have a process' id


class MetricsFiles:
    """`directory` is PROMETHEUS_MULTIPROC_DIR. Both methods read files, for threads, and never run at the same time:
    a page read between a file's sum and its removal would count calls twice."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()

    def page(self) -> bytes:
        """All processes' values as Prometheus reads them. Raises OSError."""
        registry = CollectorRegistry(auto_describe=True)
        with self._lock:
            MultiProcessCollector(registry, str(self._directory))  # type: ignore[no-untyped-call]
            return generate_latest(registry)

    def tidy(self) -> None:
        """Take in the files of processes that have ended. Raises OSError; what is not taken in yet stays."""
        with self._lock:
            ended = {pid for path in self._directory.glob("*.db") if (pid := _pid(path)) and not _lives(pid)}
            for pid in ended:
                mark_process_dead(pid, str(self._directory))  # type: ignore[no-untyped-call]
            for kind in _SUMMED:
                files = [path for pid in ended if (path := self._directory / f"{kind}_{pid}.db").exists()]
                if files:
                    self._take_in(kind, files)

    def _take_in(self, kind: str, files: list[Path]) -> None:
        target = self._directory / f"{kind}_{_ENDED}.db"
        totals: defaultdict[str, float] = defaultdict(float)
        for path in [target, *files] if target.exists() else files:
            for key, value in _values(path).items():
                totals[key] += value
        new = target.with_suffix(".new")
        new.unlink(missing_ok=True)
        written = MmapedDict(str(new))  # type: ignore[no-untyped-call]
        for key, value in totals.items():
            written.write_value(key, value, 0.0)  # type: ignore[no-untyped-call]
        written.close()  # type: ignore[no-untyped-call]
        new.replace(target)
        for path in files:
            path.unlink()


def _values(path: Path) -> dict[str, float]:
    """Empty for a file that its process left half written."""
    try:
        read = MmapedDict.read_all_values_from_file(str(path))  # type: ignore[no-untyped-call]
        return {key: value for key, value, _, _ in read}
    except (RuntimeError, ValueError, struct.error):
        _log.warning("metrics of an ended process are unreadable", file=path.name)
        return {}


def _pid(path: Path) -> int | None:
    number = path.stem.rpartition("_")[2]
    return int(number) if number.isdecimal() else None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it lives and belongs to somebody else
        return True
    return True
