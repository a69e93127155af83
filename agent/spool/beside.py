"""What lies beside a spool as JSON: whose it is, and where its sound is to be found in time."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from calls.ids import is_call_id
from recording.names import call_of

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Beside:
    """`name` is the object's that the spool becomes in the bucket. `started_at`: of the first sample, UTC epoch
    seconds. `gaps` are stretches of silence in which nothing was kept, seconds into the file (None: to its end)."""

    call_id: str
    epoch: int
    line: str
    name: str
    started_at: float
    gaps: tuple[tuple[float, float | None], ...] = ()

    def paused(self, since: float) -> Beside:
        if self.gaps and self.gaps[-1][1] is None:
            return self
        return replace(self, gaps=(*self.gaps, (since, None)))

    def resumed(self, until: float) -> Beside:
        if not self.gaps or self.gaps[-1][1] is not None:
            return self
        return replace(self, gaps=(*self.gaps[:-1], (self.gaps[-1][0], until)))

    @property
    def gaps_text(self) -> str:
        """For the object's metadata: `12.3-20.1,44.0-`."""
        return ",".join(f"{since:.3f}-{'' if until is None else f'{until:.3f}'}" for since, until in self.gaps)

    def encode(self) -> bytes:
        return json.dumps({"version": _VERSION, **asdict(self)}).encode()


def decode(data: bytes) -> Beside:
    """Raises ValueError for anything but what `encode` made: the file decides where a caller's voice goes."""
    try:
        return _decoded(json.loads(data))
    except (KeyError, TypeError) as error:
        raise ValueError("not a spool's JSON") from error


def _decoded(content: dict[str, Any]) -> Beside:
    found = Beside(
        call_id=str(content["call_id"]),
        epoch=int(content["epoch"]),
        line=str(content["line"]),
        name=str(content["name"]),
        started_at=float(content["started_at"]),
        gaps=tuple((float(since), None if until is None else float(until)) for since, until in content["gaps"]),
    )
    if content["version"] != _VERSION or not is_call_id(found.call_id) or call_of(found.name) != found.call_id:
        raise ValueError("a spool's JSON of another version, or of no call")
    return found
