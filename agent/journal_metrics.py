"""What the journal's writes cost, as metrics. How far it is behind: agent/behind.py, which reads its state."""

from __future__ import annotations

from agent import metrics
from calls.journal import State


class JournalMetrics:
    """A journal's Observer."""

    def wrote(self, seconds: float, events: int) -> None:  # noqa: ARG002 - the signature is the port's
        metrics.STORE_WRITE.observe(seconds)

    def failed(self) -> None:
        metrics.JOURNAL_FAILURES.inc()

    def stands(self, state: State) -> None:
        """Nothing: read once a second, by agent/behind.py."""
