"""Who did what with a call's recording, and why: one object for each deed, written before the deed and never again.

    <prefix>/audit/<yyyy>/<mm>/<dd>/<hhmmss>-<kind>-<call_id>-<8 random digits>.json

Append-only by precondition, and for an account that may only create objects there also by right. `who` is what the
person says; Cloud Audit Logs have the account. Kinds: listen, hold, release.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from recording.bucket import Bucket

_NAME = re.compile(r".+/audit/(?P<day>\d{4}/\d{2}/\d{2})/(?P<time>\d{6})-(?P<kind>[a-z]+)-.+\.json")
_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """`at`: UTC epoch seconds. `files`: the objects that were meant."""

    at: float
    kind: str
    call_id: str
    who: str
    why: str
    files: tuple[str, ...] = ()


async def note(bucket: Bucket, prefix: str, entry: Entry) -> str:
    """Written, or BucketDown or BucketRefused: then the deed must not be done. Returns the object's name."""
    moment = datetime.fromtimestamp(entry.at, UTC)
    name = f"{prefix}/audit/{moment:%Y/%m/%d/%H%M%S}-{entry.kind}-{entry.call_id}-{secrets.token_hex(4)}.json"
    text = json.dumps({"v": 1, **asdict(entry)}, ensure_ascii=False) + "\n"
    await bucket.write(name, text.encode(), "application/json")
    return name


async def entries(
    bucket: Bucket, prefix: str, kind: str, *, since: float, until: float, call_id: str | None = None
) -> AsyncIterator[Entry]:
    """Those of `since` to `until`, of one call or of all, in their order. One that cannot be read is told as one
    without a name."""
    day, last = (datetime.fromtimestamp(at, UTC).date() for at in (since, until))
    while day <= last:
        async for each in bucket.list(f"{prefix}/audit/{day:%Y/%m/%d}/"):
            found = _NAME.fullmatch(each.name)
            if found is None or found["kind"] != kind or (call_id and f"-{call_id}-" not in each.name):
                continue
            at = datetime.strptime(f"{found['day']}{found['time']}", "%Y/%m/%d%H%M%S").replace(tzinfo=UTC).timestamp()
            if since - 1 < at <= until:
                yield await _read(bucket, each.name, Entry(at, kind, call_id or "?", "?", "this entry cannot be read"))
        day += timedelta(days=1)


async def _read(bucket: Bucket, name: str, otherwise: Entry) -> Entry:
    try:
        told = json.loads(await bucket.read(name, _BYTES))
        files = tuple(str(each) for each in told["files"])
        kind, call, who, why = (str(told[key]) for key in ("kind", "call_id", "who", "why"))
        return Entry(float(told["at"]), kind, call, who, why, files)
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return otherwise
