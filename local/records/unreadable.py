"""The one way in which reading records fails."""

from __future__ import annotations


class RecordsUnreadableError(Exception):
    """The store did not answer; the message says which and why. Nothing is known of the call then."""
