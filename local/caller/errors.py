"""What can go wrong for a caller; the messages are for the person who placed the call."""

from __future__ import annotations


class CallerError(Exception):
    """The call can't be made. The message names the remedy."""


class NotAnsweredError(CallerError):
    """It was placed, and nobody took it."""


class NoAnswerError(CallerError):
    """The agent said nothing in the time it was given."""
