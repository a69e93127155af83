"""A call's id becomes part of a key or a file's name: one that could leave its place is refused, by every store."""

from __future__ import annotations

from calls.ids import is_call_id


def checked_id(call_id: str) -> str:
    """`call_id` itself. Raises ValueError where it is none: its text does not quote it."""
    if not is_call_id(call_id):
        raise ValueError("a call's id is letters, digits, - and _")
    return call_id
