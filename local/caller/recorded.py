"""Where the call centre's own recording of a call lies, by the call's record, and how to fetch it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from local import gcs_server


def told(record: Mapping[str, Any], storage_url: str) -> dict[str, Any] | None:
    """`state`, and for each of its files that lies in the bucket the object's name and its address. None: that line
    records nothing."""
    recording = record.get("recording")
    if not recording:
        return None
    backups = recording["backups"] if recording["state"] == "backup" else ()
    names = [*(part["name"] for part in recording["parts"] if part["proven"]), *backups]
    return {
        "state": recording["state"],
        "objects": [f"gs://{gcs_server.RECORDINGS}/{name}" for name in names],
        "urls": [_address(storage_url, name) for name in names],
    }


def lines(found: Mapping[str, Any] | None) -> Sequence[str]:
    """For a person."""
    if found is None:
        return ()
    fetched = [
        f"  {name}\n    curl -o {name.rpartition('/')[2]} '{url}'"
        for name, url in zip(found["objects"], found["urls"], strict=True)
    ]
    return (f"recording: {found['state']}", *fetched)


def _address(storage_url: str, name: str) -> str:
    return f"{storage_url}/storage/v1/b/{gcs_server.RECORDINGS}/o/{quote(name, safe='')}?alt=media"
