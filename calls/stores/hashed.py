"""Numbers and other people's words as parts of keys: by their SHA-256, so that no list of keys shows a number.

This is no anonymisation: there are few enough numbers to try them all. Whoever reads the keys can find them out.
"""

from __future__ import annotations

import hashlib


def hashed(prefix: str, text: str) -> str:
    """64 hexadecimal digits: the same text is another key under another prefix."""
    return hashlib.sha256(f"{prefix}:{text}".encode()).hexdigest()
