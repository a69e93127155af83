"""Files of processes that may die: who lives holds a lock on its own, and one whose lock is free was left by a dead."""

from __future__ import annotations

import fcntl
import io
import os
from pathlib import Path


def locked(path: Path, flags: int) -> io.FileIO | None:
    """The file, 0600 where it is made, locked and still in its place; None where another holds it, or took it away in
    between. `flags` are os.open's. Raises OSError."""
    try:
        file = io.FileIO(path, "r+", opener=lambda name, _: os.open(name, flags, 0o600))
    except FileNotFoundError:
        return None
    ours = False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Who held it a moment ago may have deleted it or set it aside: what we wrote there nobody would look at.
        ours = os.path.samestat(os.fstat(file.fileno()), path.stat())
    except (BlockingIOError, FileNotFoundError):
        pass
    finally:
        if not ours:
            file.close()
    return file if ours else None
