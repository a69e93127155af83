"""Orders to call somebody, as whoever uses the call centre gives them: control's /v1/calls."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from local.caller.errors import CallerError
from local.environment import CONTROL_API_KEY
from local.info import StackInfo
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline

_WITHIN_S = 10.0
_LOOK_EVERY_S = 0.2
# Numbers kept for fiction: 555-01xx in the United States, (0)30 23125 xxx in Berlin (Bundesnetzagentur, 2021).
# Somewhere of these it is always day.
_AREAS = (("+121255501", "America/New_York"), ("+180855501", "Pacific/Honolulu"), ("+4930231250", "Europe/Berlin"))
_DAY = range(8, 21)  # the hours in which people may be called
_OVER = frozenset({"completed", "busy", "no-answer", "rejected", "failed", "refused", "cancelled"})

Shown = dict[str, Any]
"""A call as the API shows it: "id", "state", "reason", "sip_status" and more."""


@dataclass(frozen=True, slots=True)
class Order:
    """Whom to call, on which line, and what the persona is told."""

    to: str
    line: str
    persona: str | None = None
    purpose: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


def callee_by_day(now: datetime | None = None) -> str:
    """A fictitious number where people may be called now.

    One of a hundred: each may be called a few times a day only.
    """
    now = now or datetime.now(UTC)
    awake = (area for area, zone in _AREAS if now.astimezone(ZoneInfo(zone)).hour in _DAY)
    return f"{next(awake)}{secrets.randbelow(100):02}"


async def place(stack: StackInfo, order: Order) -> str:
    """Have it called; its id. CallerError with the API's own words where it is refused."""
    body = {"to": order.to, "line": order.line, "purpose": order.purpose, "data": dict(order.data)}
    persona = {} if order.persona is None else {"persona": order.persona}
    shown = await _ask(stack, "POST", "/v1/calls", body | persona)
    return str(shown["id"])


async def look(stack: StackInfo, call_id: str) -> Shown:
    return await _ask(stack, "GET", f"/v1/calls/{call_id}")


def is_over(shown: Shown) -> bool:
    return shown["state"] in _OVER


def told(shown: Shown) -> str:
    """ "busy (SIP 486)", "failed: no_agent"."""
    status = f" (SIP {shown['sip_status']})" if shown.get("sip_status") else ""
    reason = f": {shown['reason']}" if shown.get("reason") else ""
    return f"{shown['state']}{status}{reason}"


async def follow(stack: StackInfo, call_id: str, say: Callable[[str], None], clock: Clock, timeout_s: float) -> Shown:
    """The call once it is over, or as it is after `timeout_s`; each state on the way is told."""
    shown: Shown = {"state": "queued"}
    said = ""
    try:
        async with deadline(timeout_s, "the end of the order"):
            while not is_over(shown):
                shown = await look(stack, call_id)
                if told(shown) != said:
                    said = told(shown)
                    say(f"order: {said}")
                await clock.sleep(_LOOK_EVERY_S)
    except DeadlineExceeded:
        pass
    return shown


async def _ask(stack: StackInfo, method: str, path: str, body: dict[str, Any] | None = None) -> Shown:
    headers = {"Authorization": f"Bearer {CONTROL_API_KEY}", "Idempotency-Key": secrets.token_hex(8)}
    url = stack.control_url + path
    try:
        async with (
            deadline(_WITHIN_S, "control"),
            aiohttp.ClientSession() as session,
            session.request(method, url, json=body, headers=headers) as answer,
        ):
            shown: Shown = await answer.json()
            if answer.status >= 300:
                raise CallerError(f"Not ordered ({answer.status} {shown.get('reason', '')}): {shown.get('error')}")
            return shown
    except (aiohttp.ClientError, ValueError, DeadlineExceeded) as error:
        raise CallerError(f"No control at {stack.control_url} ({error}). Start the stack: make run") from error
