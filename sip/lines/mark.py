"""How an object on the server is known to be ours: its metadata says who made it. Its name is for people to read."""

from __future__ import annotations

import json

PREFIX = "switchboard: "
_BY = "switchboard"
_AGENT = "agent"


def name(of: str) -> str:
    """The name of the trunk or rule of a line; of the outbound trunk of a carrier."""
    return f"{PREFIX}{of}"


def metadata(kind: str, of: str, agent_name: str) -> str:
    """The mark. `kind`: "line" or "carrier". `agent_name` tells two Switchboards on one server apart: with the same one
    they would take each other's calls."""
    return json.dumps({"by": _BY, kind: of, _AGENT: agent_name})


def is_ours(text: str, agent_name: str) -> bool:
    """A mark without an agent's name is of an earlier version, and whoever finds it takes it for theirs."""
    found = marked(text)
    return found is not None and found.get(_AGENT, agent_name) == agent_name


def maker(text: str) -> str:
    """For a person: who made what is not ours."""
    agent_name = (marked(text) or {}).get(_AGENT)
    if agent_name is None:
        return "was not made by `apply`"
    return f"was made by the Switchboard whose AGENT_NAME is {agent_name!r}"


def marked(text: str) -> dict[str, str] | None:
    """What the mark in `text` says ({"line": "clinic", "agent": "receptionist"}), ours or another Switchboard's; None
    where there is none. Untrusted: anybody may write it."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("by") != _BY:
        return None
    return {key: value for key, value in found.items() if isinstance(value, str)}
