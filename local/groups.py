"""Process groups: who is left in one, and how to end them all. Standard library only: the guardian runs it alone."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

MARK = "SWITCHBOARD_STACK"  # in the environment of every process of a stack; its value is the stack's id


def members(group: int) -> list[int]:
    """Pids alive in a process group, without zombies. Where there is no /proc (macOS) the group's id stands for all."""
    if not Path("/proc/self/stat").exists():
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return []
        return [group]
    return [pid for pid, state, pgrp in _processes() if pgrp == group and state != "Z"]


def marked(stack: str) -> list[int]:
    """Pids of living processes with a stack's mark, whatever group or session they moved to. Linux only, else []."""
    mark = f"{MARK}={stack}".encode()
    found = []
    for pid, state, _ in _processes():
        with contextlib.suppress(OSError):  # ended meanwhile, or another user's
            if state != "Z" and pid != os.getpid() and mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                found.append(pid)
    return found


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a signal to a whole group; nothing happens when it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says EPERM for a group of zombies
        os.killpg(group, number)


def end(groups: Iterable[int], stack: str, *, patience_s: float) -> None:
    """End the groups: SIGTERM, after `patience_s` SIGKILL, and SIGKILL for whatever else carries the mark. Blocks."""
    groups = list(groups)
    for group in groups:
        signal_group(group, signal.SIGTERM)
    until = time.monotonic() + patience_s
    while any(members(group) for group in groups) and time.monotonic() < until:
        time.sleep(0.05)
    for group in groups:
        signal_group(group, signal.SIGKILL)
    for pid in marked(stack):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _processes() -> list[tuple[int, str, int]]:
    """(pid, state, process group) of each process, from /proc/<pid>/stat (proc(5): fields 1, 3 and 5)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            found.append((int(entry.name), after_name[0], int(after_name[2])))
    return found
