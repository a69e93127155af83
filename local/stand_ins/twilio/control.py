"""Trouble on demand: POST /control makes the next answers late, wrong or missing.

The body: {"next": EFFECT, "count": N, "only": "POST /v1/Trunks"}; N answers (default 1) to requests whose method and
path begin with `only` (default: all) are affected. EFFECT has any of
  {"status": 500}         a load balancer's page with that status; nothing is carried out
  {"status": 429, "code": 20429, "retry_after": 1}   an error object of Twilio's; nothing is carried out
  {"lost": true}          carried out, and the connection closed without an answer
  {"hang": true}          nothing is carried out and nothing answered until the client goes away
DELETE /control forgets what has not happened yet; GET /control tells what is left and how many requests came in.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Effect(BaseModel):
    """What happens to one answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: int | None = Field(None, ge=400, le=599)
    code: int | None = None
    retry_after: float | None = None
    lost: bool = False
    hang: bool = False


class Order(BaseModel):
    """The body of POST /control."""

    model_config = ConfigDict(extra="forbid")

    next: Effect
    count: int = Field(1, ge=1, le=10_000)
    only: str = ""


class Control:
    """The effects still to come. `requests`: method and path of what came in; `most`: the most at the same time."""

    def __init__(self) -> None:
        self._coming: list[tuple[str, Effect]] = []
        self.requests: list[str] = []
        self.now = self.most = 0

    def order(self, order: Order) -> None:
        self._coming += [(order.only, order.next)] * order.count

    def take(self, request: str) -> Effect:
        """The effect on the request that comes in now."""
        self.requests.append(request)
        for place, (only, effect) in enumerate(self._coming):
            if request.startswith(only):
                del self._coming[place]
                return effect
        return Effect.model_validate({})

    def forget(self) -> None:
        self._coming.clear()

    def state(self) -> dict[str, Any]:
        waiting = [effect.model_dump(exclude_defaults=True) for _, effect in self._coming]
        return {"waiting": waiting, "requests": len(self.requests), "most_at_once": self.most}
