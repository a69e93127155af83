"""Where a call's files lie in the bucket: `{prefix}/{yyyy}/{mm}/{dd}/{line}/{call_id}.ogg`, its other files beside it.

Nothing in a name comes from outside: the call's id is ours, and a line's name is the configuration's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from calls.ids import is_call_id

_LINE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_PREFIX = re.compile(r"[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){0,3}")
_NAME = re.compile(
    r"(?P<prefix>.+)/(?P<day>\d{4}/\d{2}/\d{2})/(?P<line>[^/]+)/(?P<call_id>[^/.]+?)"
    r"(?:-(?P<part>\d{1,3}))?(?P<kind>(?:\.backup(?:-\d{1,3})?)?(?:\.redacted)?\.ogg|(?:\.redacted)?\.json|\.svg)"
)


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one call's files. `started_at` is the call's, UTC epoch seconds. Raises ValueError for a prefix, a
    line or an id that is none."""

    prefix: str
    started_at: float
    line: str
    call_id: str

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix):
            raise ValueError("a prefix is up to four names of letters, digits, - and _ with / between them")
        if not _LINE.fullmatch(self.line):
            raise ValueError("a line's name is small letters, digits and hyphens")
        if not is_call_id(self.call_id):
            raise ValueError("not a call's id")

    @property
    def stem(self) -> str:
        return f"{self.prefix}/{datetime.fromtimestamp(self.started_at, UTC):%Y/%m/%d}/{self.line}/{self.call_id}"

    def part(self, number: int) -> str:
        """The first is `<call_id>.ogg`, a later one `<call_id>-<number>.ogg`: after a pause, or begun again."""
        return f"{self.stem}.ogg" if number == 1 else f"{self.stem}-{number}.ogg"

    def backup(self, epoch: int) -> str:
        """The worker's own track, one for each worker that had the call."""
        return f"{self.stem}.backup.ogg" if epoch == 1 else f"{self.stem}.backup-{epoch}.ogg"

    @property
    def sidecar(self) -> str:
        return f"{self.stem}.json"

    @property
    def plot(self) -> str:
        return f"{self.stem}.svg"


def redacted(name: str) -> str:
    """Of a file of a call: `x.ogg` -> `x.redacted.ogg`."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.redacted.{suffix}"


def call_of(name: str) -> str | None:
    """The id of the call to which an object belongs, by its name; None where it is no file of a call."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    call_id = found["call_id"]
    return call_id if is_call_id(call_id) else None


def beside(name: str, suffix: str) -> str:
    """A file of the whole call, by the name of any of its files: of `.../x-2.ogg` and ".json" it is `.../x.json`.

    Raises ValueError for what is no file of a call.
    """
    call_id = call_of(name)
    if call_id is None:
        raise ValueError("no file of a call")
    return f"{name.rpartition('/')[0]}/{call_id}{suffix}"


def part_number(name: str) -> int:
    """Which part of its call an object is, by its name: 1, 2 ...; 0 where it is none."""
    found = _NAME.fullmatch(name)
    return int(found["part"] or 1) if found is not None and found["kind"] == ".ogg" else 0


def backup_epoch(name: str) -> int:
    """Of which worker an object is the own track, by its name: 1, 2 ...; 0 where it is none."""
    found = _NAME.fullmatch(name)
    kind = found["kind"].removesuffix(".ogg") if found is not None else ""
    return int(kind[len(".backup-") :] or 1) if kind.startswith(".backup") and not kind.endswith(".redacted") else 0
