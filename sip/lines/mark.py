"""How an object on the server is known to be ours: its metadata says who made it. Its name is for people to read."""

from __future__ import annotations

import json

PREFIX = "switchboard: "
_BY = "switchboard"


def name(of: str) -> str:
    """The name of the trunk or rule of a line; of the outbound trunk of a carrier."""
    return f"{PREFIX}{of}"


def metadata(kind: str, of: str) -> str:
    """The mark. `kind`: "line" or "carrier"."""
    return json.dumps({"by": _BY, kind: of})


def marked(text: str) -> dict[str, str] | None:
    """What the mark in `text` says ({"line": "clinic"}); None where there is none. Untrusted: anybody may write it."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("by") != _BY:
        return None
    return {key: value for key, value in found.items() if isinstance(value, str)}
