"""What can go wrong in control/ itself, by who must act. What the store and the rooms raise is calls/ports.py."""

from __future__ import annotations


class Absent(Exception):
    """The media server has no such room or participant: nothing to do, and no fault."""


class BadWebhook(Exception):
    """Not from our LiveKit server, or nothing we can read. `status` is the answer; the sender's keys must be looked at.

    The message has nothing of the request in it: it may be logged and shown.
    """

    log_safe = True

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
