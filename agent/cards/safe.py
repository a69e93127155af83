"""Where card numbers go: a port, and its adapter, which sends them to a server of the operator's over HTTPS."""

from __future__ import annotations

import ssl
from typing import Protocol

import aiohttp

from agent.cards.number import CardNumber
from ops.deadline import DeadlineExceeded, deadline

_SEND_S = 10.0  # the caller waits in silence


class SafeDown(Exception):
    """It could not be asked, or gave no answer: whether it has the number nobody knows. Holds nothing of it."""


class Safe(Protocol):
    async def keep(self, call_id: str, number: CardNumber) -> bool:
        """False: it does not take this card. Raises SafeDown."""
        ...


class HttpsSafe:
    """POST {"call_id", "card_number"} with a bearer's secret. Any 2xx: taken; 4xx: not taken; else it is down.

    `trust`: which servers' certificates are believed, the system's unless told. Raises ValueError for an address that
    is not https.
    """

    def __init__(self, url: str, token: str, trust: ssl.SSLContext | None = None) -> None:
        if not url.startswith("https://"):
            raise ValueError("card numbers go over https only")
        self._url, self._token, self._trust = url, token, trust

    async def keep(self, call_id: str, number: CardNumber) -> bool:
        """A connection of its own, which no redirect leads elsewhere."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        body = {"call_id": call_id, "card_number": number.digits}
        try:
            async with (
                deadline(_SEND_S, "card safe"),
                aiohttp.ClientSession(headers=headers, trust_env=False) as http,
                http.post(self._url, json=body, allow_redirects=False, ssl=self._trust or True) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, OSError, DeadlineExceeded, ValueError):
            raise SafeDown("the card safe gave no answer") from None  # the cause may quote what was sent
        if 200 <= status < 300:
            return True
        if 400 <= status < 500 and status not in (401, 403, 404, 408, 429):
            return False
        raise SafeDown(f"the card safe answered {status}")
