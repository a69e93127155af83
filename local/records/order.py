"""How the events of a call are told apart and put in order: by their writer's epoch, then by its own numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_event(found: Any) -> bool:
    """Has it what every event has, of whatever kind?"""
    return isinstance(found, dict) and {"kind", "call_id", "seq", "at"} <= found.keys()


def place(event: Mapping[str, Any]) -> tuple[int, int]:
    """(epoch, seq): no two events of a call share it."""
    return event.get("epoch", 1), event["seq"]
