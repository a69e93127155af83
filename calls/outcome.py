"""How a call ended, in the five words the whole house uses."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The end of a call as it is kept in its record. Exactly one per closed call."""

    RESOLVED = "resolved"  # the talk came to its natural end: a goodbye, or the caller hung up after being answered
    TRANSFERRED = "transferred"  # a person or another number took over
    VOICEMAIL = "voicemail"  # all it came to is a message: the caller's for a person, or ours on a machine
    ABANDONED = "abandoned"  # the caller left, or never spoke, before anything was achieved
    FAILED = "failed"  # we broke: the record's `failure` says what
