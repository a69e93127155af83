"""The bucket that recordings lie in, as the house sees it: a port. recording/gcs.py is Google Cloud Storage.

Names are recording.names.Names'. Every method has a deadline of its own and raises BucketDown, or a BucketRefused that
says who must act; "down" is never "absent".
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class BucketDown(Exception):
    """It could not be asked, or in time. What was asked may or may not have happened: ask again."""


class BucketRefused(Exception):
    """It answers, and says no until somebody changes something. `reason`: no_bucket, no_permission, quota, held, key
    (the encryption key cannot be used), no_holds (this store cannot hold anything), no_signer, refused (else)."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the bucket refuses: {reason}")
        self.reason = reason


class Exists(Exception):
    """Something of this name is there already, and is not what was to be written."""


@dataclass(frozen=True, slots=True)
class Object:
    """What lies in the bucket. `size` in bytes, `md5` and `crc32c` base64 as Google has them (a composed object has no
    md5), `generation` names this very content. Times are UTC epoch seconds."""

    name: str
    size: int
    generation: int
    md5: str = ""
    crc32c: str = ""
    content_type: str = ""
    created_at: float = 0.0
    delete_at: float | None = None  # custom time: the lifecycle deletes it then
    held: bool = False  # a legal hold: nobody can delete it
    metadata: Mapping[str, str] = field(default_factory=dict)


class Bucket(Protocol):
    async def stat(self, name: str) -> Object | None:
        """None: there is no such object."""
        ...

    def list(self, prefix: str, *, versions: bool = False) -> AsyncIterator[Object]:
        """All whose names begin with `prefix`, in the order of their names, page by page; with `versions` also what
        was replaced or deleted where the bucket keeps that."""
        ...

    async def read(self, name: str, limit: int, *, tail: bool = False) -> bytes:
        """At most the first `limit` bytes, or the last. Raises FileNotFoundError."""
        ...

    async def download(self, name: str, to: Path) -> Object:
        """Whole, checked against its checksum. Raises FileNotFoundError."""
        ...

    async def write(
        self,
        name: str,
        data: bytes | Path,
        content_type: str,
        *,
        replace: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Object:
        """Only where nothing of that name is there, or where `replace` is the generation that is. What is there with
        the same content counts as written. It is seen with its `metadata` or not at all. Raises Exists."""
        ...

    async def mark(
        self,
        name: str,
        *,
        delete_at: float | None = None,
        held: bool | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Object:
        """Change what is kept beside the content; None leaves it. `metadata` is put beside what there is. `delete_at`
        can only be put off, as Google has it: an earlier one changes nothing. Raises FileNotFoundError, and
        BucketRefused("no_holds") where a hold was not kept."""
        ...

    async def delete(self, name: str, generation: int) -> bool:
        """This very content, for good, and no other that has its name by now. False: it is gone already. Raises
        BucketRefused("held") for one that is held."""
        ...

    async def signed_url(self, name: str, lifetime_s: float) -> str:
        """Whoever has the address may read the object for so long. Asks nobody whether there is one."""
        ...

    async def ready(self) -> bool:
        """Can it be asked right now? Never raises."""
        ...

    async def aclose(self) -> None: ...
