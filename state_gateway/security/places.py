"""How many requests of one client run at once, in this replica."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from state_gateway.errors import Refused
from state_gateway.security.clients import Client


class Places:
    """Nobody waits here: a client beyond its number is told to come back, so that none fills the gateway."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    @contextmanager
    def take(self, client: Client) -> Iterator[None]:
        """Raises Refused 429 when all of the client's places are taken."""
        taken = self._taken
        if taken[client.name] >= client.max_concurrent:
            raise Refused(429, "too_many_at_once", "too many requests of this client run at once", retry_after_s=1)
        taken[client.name] += 1
        try:
            yield
        finally:
            taken[client.name] -= 1
            if not taken[client.name]:
                del taken[client.name]  # clients come and go with the file
