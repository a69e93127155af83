"""Opt-outs that the list does not have yet, on disk: one small file a call, which is gone once the list has it.

Written before the list is asked, so that neither a store that is away nor the death of the job process loses one.
Blocking: called in a thread. Raises OSError: the disk is full, or not there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from calls.ids import is_call_id
from calls.permits import OptOut

_SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class OptOutFiles:
    """Those of every job process on this machine: to bring one twice changes nothing."""

    directory: Path

    def keep(self, out: OptOut) -> None:
        """On the disk when this returns, whole or not at all."""
        path = self._of(out.call_id)
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = path.with_suffix(".part")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(json.dumps(asdict(out)))
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)

    def forget(self, call_id: str) -> None:
        self._of(call_id).unlink(missing_ok=True)

    def waiting(self) -> Sequence[OptOut]:
        """What no list has yet. A file that is none of ours, or broken, is passed over."""
        found = []
        for path in sorted(self.directory.glob(f"*{_SUFFIX}")):
            try:
                out = OptOut(**json.loads(path.read_text()))
            except (OSError, ValueError, TypeError):
                continue
            if out.call_id == path.stem:
                found.append(out)
        return found

    def _of(self, call_id: str) -> Path:
        if not is_call_id(call_id):
            raise OSError("a call's id is letters, digits, - and _")
        return self.directory / f"{call_id}{_SUFFIX}"
