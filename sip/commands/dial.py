"""`python -m sip dial NUMBER --line LINE`: orders a call at control, and with --wait tells what becomes of it."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
from typing import Any

import aiohttp

from ops.deadline import DeadlineExceeded, deadline
from ops.terminal import tell
from sip import settings
from sip.errors import SipError

HELP = "order a call at control (POST /v1/calls): every rule of its line holds"
_ASK_S = 25.0
_LOOK_S = 0.5
_AWAY_S = 60.0  # control starts anew within seconds; the call goes on without it
_OVER = frozenset({"completed", "busy", "no-answer", "rejected", "failed", "refused", "cancelled"})


class _Away(SipError):
    """Nobody answers at CONTROL_URL."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", help="E.164: +442079460123")
    parser.add_argument("--line", required=True, help="which line calls: a name of callcenter.yaml")
    parser.add_argument("--persona", help="who speaks; else the line's own")
    parser.add_argument("--data", action="append", type=_pair, default=[], metavar="NAME=TEXT", help="for the persona")
    parser.add_argument("--purpose", default="", help="what for: the consent's purpose; else the line's name")
    parser.add_argument("--max-duration", type=float, metavar="SECONDS")
    parser.add_argument("--not-before", metavar="TIME", help="ISO 8601 with its zone")
    parser.add_argument("--webhook", metavar="URL", help="told of each change")
    parser.add_argument("--key", help="Idempotency-Key: repeated with the same one, the same call; else a new one")
    parser.add_argument("--wait", action="store_true", help="until it is over")


async def run(arguments: argparse.Namespace) -> int:
    """0: ordered, or with --wait answered and completed. 1: refused, or not completed."""
    given = settings.control()
    key = arguments.key or secrets.token_urlsafe(16)
    headers = {"Authorization": f"Bearer {given.api_key.get_secret_value()}", "Idempotency-Key": key}
    async with aiohttp.ClientSession(given.url, headers=headers) as session:
        call = await _ask(session, "POST", "/v1/calls", json=_order(arguments))
        tell(f"{call['id']}  {call['state']}")
        seen = call["state"]
        while arguments.wait and seen not in _OVER:
            await asyncio.sleep(_LOOK_S)
            call = await _look(session, call["id"])
            if call["state"] != seen:
                seen = call["state"]
                why = " ".join(str(each) for each in (call["reason"], call["sip_status"]) if each)
                tell(f"{call['id']}  {seen}  {why}".rstrip())
    return 1 if arguments.wait and seen != "completed" else 0


async def _look(session: aiohttp.ClientSession, call_id: str) -> dict[str, Any]:
    """The call as it is now. A control that starts anew meanwhile is waited for."""
    until = asyncio.get_running_loop().time() + _AWAY_S
    while True:
        try:
            return await _ask(session, "GET", f"/v1/calls/{call_id}")
        except _Away:
            if asyncio.get_running_loop().time() >= until:
                raise
            await asyncio.sleep(_LOOK_S)


def _order(arguments: argparse.Namespace) -> dict[str, Any]:
    order = {
        "to": arguments.number,
        "line": arguments.line,
        "persona": arguments.persona,
        "data": dict(arguments.data),
        "purpose": arguments.purpose,
        "max_duration_s": arguments.max_duration,
        "not_before": arguments.not_before,
        "webhook": arguments.webhook,
    }
    return {name: value for name, value in order.items() if value}


async def _ask(session: aiohttp.ClientSession, method: str, path: str, **more: Any) -> dict[str, Any]:
    """Raises SipError, with control's own words."""
    try:
        async with deadline(_ASK_S, "control"), session.request(method, path, **more) as answer:
            body = await answer.read()
            status = answer.status
    except (aiohttp.ClientError, OSError, DeadlineExceeded) as error:
        raise _Away(f"control does not answer at CONTROL_URL ({type(error).__name__})") from None
    try:
        found = json.loads(body)
        if status < 300:
            return dict(found)
        raise SipError(f"{found.get('reason') or found['code']}: {found['error']}")
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SipError(f"what answers at CONTROL_URL is not control (status {status})") from None


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError("NAME=TEXT")
    return name, value
