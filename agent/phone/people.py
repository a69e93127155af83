"""How a person whom callers are put through to is known in the room."""

from __future__ import annotations

_PREFIX = "person-"


def identity_of(target: str) -> str:
    """The participant's identity; the target's name is the configuration's."""
    return f"{_PREFIX}{target}"


def is_person(identity: str) -> bool:
    """Somebody callers are put through to, and so no caller?"""
    return identity.startswith(_PREFIX)
