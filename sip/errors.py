"""What `python -m sip` stops for, in words for the operator."""

from __future__ import annotations


class SipError(Exception):
    """Ends a command with exit status 1. Its text is for the operator: no secret, and what to do about it."""


class ProviderError(SipError):
    """A server that lines are set up on did not do what it was asked: its own words, or that it did not answer."""
