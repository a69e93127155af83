"""The receipt of a deletion: what was to go, what went and what did not. Written before anything is deleted.

    <prefix>/receipts/<subject>/<yyyymmddThhmmssZ>-<8 random digits>.json

`subject` is `caller-<hash of the number>` or `call-<call id>`: no number stands in it in clear. One without an end
belongs to a deletion that was broken off; the next of this subject goes on with it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from recording.bucket import Bucket, Object

_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class File:
    """One object. `result`: "", then deleted, gone (somebody else did) or held."""

    name: str
    generation: int
    size: int
    crc32c: str
    result: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """`kept`: why nothing of it is deleted. `record`: what became of it, and of the order to
    call, in the store: "", deleted, none."""

    call_id: str
    files: tuple[File, ...] = ()
    kept: str = ""
    record: str = ""

    @property
    def done(self) -> bool:
        return not self.kept and bool(self.record) and all(file.result in ("deleted", "gone") for file in self.files)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Times are UTC epoch seconds. `recoverable_days`: for so long Google can still bring back what was deleted (soft
    delete); None where this account may not know."""

    name: str
    subject: str
    asked_at: float
    who: str
    why: str
    calls: tuple[Call, ...] = ()
    finished_at: float | None = None
    recoverable_days: float | None = None

    @property
    def complete(self) -> bool:
        return self.finished_at is not None and all(call.done for call in self.calls)

    def with_call(self, call: Call) -> Receipt:
        """`call` in its place, or as a new one."""
        others = [each for each in self.calls if each.call_id != call.call_id]
        return replace(self, calls=tuple(sorted((*others, call), key=lambda each: each.call_id)))

    def content(self) -> dict[str, Any]:
        told = asdict(self)
        del told["name"]
        return {"v": 1, "kind": "receipt", "complete": self.complete, **told}


@dataclass
class Book:
    """A receipt on its way: what the newest one says is in the bucket."""

    bucket: Bucket
    receipt: Receipt
    generation: int = 0

    async def write(self, receipt: Receipt) -> None:
        """Raises Exists where another deletion of the same subject is at it."""
        text = json.dumps(receipt.content(), indent=1) + "\n"
        made = await self.bucket.write(receipt.name, text.encode(), "application/json", replace=self.generation or None)
        self.receipt, self.generation = receipt, made.generation


async def begin(bucket: Bucket, prefix: str, subject: str, *, at: float, who: str, why: str) -> Book:
    """A new one, not written yet; or the one that was broken off."""
    folder = f"{prefix}/receipts/{subject}/"
    async for each in bucket.list(folder):
        found = await _read(bucket, each)
        if found is not None and found.finished_at is None:
            return Book(bucket, found, each.generation)
    name = f"{folder}{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}.json"
    return Book(bucket, Receipt(name, subject, at, who, why))


async def _read(bucket: Bucket, about: Object) -> Receipt | None:
    """None: no receipt of ours."""
    try:
        told = json.loads(await bucket.read(about.name, _BYTES))
        return Receipt(
            name=about.name,
            subject=str(told["subject"]),
            asked_at=float(told["asked_at"]),
            who=str(told["who"]),
            why=str(told["why"]),
            calls=tuple(_call(each) for each in told["calls"]),
            finished_at=told["finished_at"],
            recoverable_days=told["recoverable_days"],
        )
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return None


def _call(told: Mapping[str, Any]) -> Call:
    files: Sequence[Mapping[str, Any]] = told["files"]
    return Call(told["call_id"], tuple(File(**each) for each in files), told["kept"], told["record"])
