"""The people whom callers are put through to: how they are known in the room, and what becomes of the wish."""

from __future__ import annotations

from enum import Enum, auto

_PREFIX = "person-"


class Asked(Enum):
    """What became of the wish to be put through."""

    BEGUN = auto()
    UNDER_WAY = auto()
    TOO_OFTEN = auto()


def identity_of(target: str) -> str:
    """The participant's identity; the target's name is the configuration's."""
    return f"{_PREFIX}{target}"


def is_person(identity: str) -> bool:
    """Somebody callers are put through to, and so no caller?"""
    return identity.startswith(_PREFIX)


def name_of(identity: str) -> str:
    """The target's name in a person's identity."""
    return identity.removeprefix(_PREFIX)
