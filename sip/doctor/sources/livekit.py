"""What the LiveKit server has, and what time it is there."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import aiohttp

from ops.clock import Clock
from ops.deadline import deadline
from sip.errors import ProviderError
from sip.lines.actual import Actual
from sip.lines.livekit import LiveKitLines
from sip.lines.wanted import Wanted
from sip.settings import Livekit

_CLOCK_S = 5.0


async def trunks_and_rules(settings: Livekit) -> tuple[Actual, str]:
    """All of them; or none, and why they can't be read."""
    lines = LiveKitLines(settings, Wanted(""))  # what is wanted does not matter: it only reads
    try:
        return await lines.read(), ""
    except ProviderError as error:
        return Actual(), str(error)
    finally:
        await lines.aclose()


async def clock_off_s(settings: Livekit, clock: Clock) -> float | None:
    """How far our clock is ahead of the server's, to a second or so; None where it does not say.

    By the Date header (RFC 9110, section 6.6.1) of its answer to a request without any token.
    """
    url = settings.url.replace("ws", "http", 1) if settings.url.startswith("ws") else settings.url
    try:
        async with deadline(_CLOCK_S, "livekit"), aiohttp.ClientSession() as session, session.get(url) as answer:
            then = parsedate_to_datetime(answer.headers["Date"])
    except (aiohttp.ClientError, OSError, KeyError, ValueError):  # OSError: DeadlineExceeded too
        return None
    return clock.now() - then.timestamp()
