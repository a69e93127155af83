"""How many bytes of request bodies one process holds at once: many, each within its own limit, are too much too."""

from __future__ import annotations

from state_gateway.errors import Refused


class Budget:
    def __init__(self, most: int) -> None:
        self._most, self.held = most, 0

    def __repr__(self) -> str:
        return f"<Budget {self.held} of {self._most} bytes>"

    def take(self, size: int) -> None:
        """Raises Refused 503, and has taken nothing then."""
        if self.held + size > self._most:
            raise Refused(503, "busy", "the gateway holds as many bodies as it can; nothing was executed", 1)
        self.held += size

    def give(self, size: int) -> None:
        """Back, of what was taken."""
        self.held -= size
