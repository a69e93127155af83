"""Trouble on demand: POST /control makes the next answers slow, wrong or missing, for call tests to see what follows.

The body: {"next": EFFECT, "count": N}; N answers (default 1) are affected, after those of earlier orders. EFFECT has
any of
  {"status": 500}             an error object with that HTTP status
  {"delay_ms": 4000}          this long before the first token (a status error waits too)
  {"text": "..."}             these words instead of the receptionist's
  {"tool": "name", "arguments": {...}}   this tool call instead
  {"hang": true}              headers, then nothing until the client goes away
  {"cut_after": 3}            the connection is cut after so many chunks
DELETE /control forgets what has not happened yet; GET /control tells what is left and how many requests were answered.
"""

from collections import deque
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from local.stand_ins.chat.dialogue import Reply


class Effect(BaseModel):
    """What happens to one answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: int | None = Field(None, ge=400, le=599)
    delay_ms: float = Field(0, ge=0, le=600_000)
    text: str | None = None
    tool: str | None = None
    arguments: dict[str, str] = Field(default_factory=dict)
    hang: bool = False
    cut_after: int | None = Field(None, ge=0)

    @property
    def reply(self) -> Reply | None:
        """The reply it puts in the place of the receptionist's."""
        if self.tool is not None:
            return Reply(text=self.text or "", tool=self.tool, arguments=self.arguments)
        return Reply(text=self.text) if self.text is not None else None


class Order(BaseModel):
    """The body of POST /control."""

    model_config = ConfigDict(extra="forbid")

    next: Effect
    count: int = Field(1, ge=1, le=10_000)


class Control:
    """The effects still to come, in order."""

    def __init__(self) -> None:
        self._coming: deque[Effect] = deque(maxlen=10_000)
        self.answered = 0

    def order(self, order: Order) -> None:
        """Adds effects behind those that are waiting."""
        self._coming.extend([order.next] * order.count)

    def take(self) -> Effect:
        """The effect on the answer that begins now."""
        self.answered += 1
        return self._coming.popleft() if self._coming else Effect.model_validate({})

    def forget(self) -> None:
        """Drops all effects still to come."""
        self._coming.clear()

    def state(self) -> dict[str, Any]:
        """For GET /control."""
        return {
            "waiting": [effect.model_dump(exclude_defaults=True) for effect in self._coming],
            "answered": self.answered,
        }
