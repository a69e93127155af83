"""A worker and all its children: processor seconds and memory."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

_MB = 1e6


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes (10^6 bytes) over the tree. Shared pages count once in `pss`, once for each process in `rss`."""

    pss: float
    rss: float
    processes: int


def cpu_s(root: int) -> float:
    """Processor seconds of the tree so far, with those of children that have ended and were waited for."""
    total = 0.0
    for process in _tree(root):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            times = process.cpu_times()
            total += (
                times.user + times.system + getattr(times, "children_user", 0) + getattr(times, "children_system", 0)
            )
    return total


def count(root: int) -> int:
    """Processes of the tree now, the root among them."""
    return len(_tree(root))


def memory(root: int) -> Memory:
    """Of the tree now. Linux only (smaps_rollup): OSError elsewhere."""
    pss = rss = 0.0
    tree = _tree(root)
    for process in tree:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name == "Pss":
                    pss += int(rest.split()[0]) * 1024
                elif name == "Rss":
                    rss += int(rest.split()[0]) * 1024
    return Memory(round(pss / _MB, 1), round(rss / _MB, 1), len(tree))


def _tree(root: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(root)
        return [process, *process.children(recursive=True)]
    return []
