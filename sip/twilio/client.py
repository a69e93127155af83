"""Twilio's REST API as far as lines need it: deadlines, retries, paging, and no more at once than Twilio takes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ops.clock import Clock
from sip.twilio import errors
from sip.twilio.gate import Gate
from sip.twilio.wire import Answer, Request, Unreachable, Wire

AT_ONCE = 8
PAGE_SIZE = 1000  # the most that both APIs give (their reference, "PageSize", read 2026-11-21)
_TIMEOUT_S = 10.0
_ATTEMPTS = 6
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 8.0
_LONGEST_ASKED_S = 30.0  # a Retry-After beyond this is an answer for a person
_MOST_PAGES = 100

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Call:
    """`harmless`: may be sent again when nobody knows whether it was carried out."""

    request: Request
    what: str
    harmless: bool
    secret: bool = False


class Twilio:
    """One account. Every method raises sip.twilio.errors.TwilioError, whose text holds no secret.

    A 429 was not carried out (Twilio: error 20429) and is sent again; a 5xx, a time-out or a lost connection only where
    twice is as good as once. `what` says in the operator's words what is asked for; `timeout_s` is each attempt's.
    Not safe over several loops.
    """

    def __init__(
        self,
        account_sid: str,
        api: Wire,
        trunking: Wire,
        clock: Clock,
        chance: Callable[[], float] = random.random,
        at_once: int = AT_ONCE,
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        self.account = f"/2010-04-01/Accounts/{account_sid}"
        self.account_sid = account_sid
        self.requests = 0  # sent so far, each attempt counted
        self._api, self._trunking, self._clock, self._chance = api, trunking, clock, chance
        self._gate, self._timeout_s = Gate(at_once), timeout_s
        self._not_before = 0.0

    async def get(self, path: str, what: str) -> Json:
        return await self._carried_out(_Call(Request("GET", path), what, harmless=True))

    async def all(self, path: str, key: str, what: str) -> list[Json]:
        """Every item of a collection; `key` is where an answer has them."""
        found: list[Json] = []
        page: str | None = f"{path}?PageSize={PAGE_SIZE}"
        for _ in range(_MOST_PAGES):
            if page is None:
                return found
            answer = await self.get(page, what)
            found += answer.get(key) or []
            page = _next_page(answer)
        raise errors.TwilioError(f"Twilio has more than {_MOST_PAGES} pages for {what}.")

    async def update(self, path: str, form: Mapping[str, str], what: str, *, secret: bool = False) -> Json:
        """Sets properties of a thing that is there."""
        return await self._carried_out(_Call(Request("POST", path, form), what, harmless=True, secret=secret))

    async def create(
        self,
        path: str,
        form: Mapping[str, str],
        what: str,
        found: Callable[[], Awaitable[Json | None]],
        *,
        secret: bool = False,
    ) -> Json:
        """Makes a thing, once: where no answer came it is looked for by `found` before it is asked for again."""
        call = _Call(Request("POST", path, form), what, harmless=False, secret=secret)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._carried_out(call)
            except errors.TwilioError as error:
                if not error.perhaps_done or attempt == _ATTEMPTS:
                    raise
            await self._clock.sleep(self._pause_s(attempt))
            there = await found()
            if there is not None:
                return there
        raise AssertionError("the last attempt returns or raises")

    async def delete(self, path: str, what: str) -> None:
        """Removes a thing; one that is not there any more is removed."""
        try:
            await self._carried_out(_Call(Request("DELETE", path), what, harmless=True))
        except errors.TwilioError as error:
            if error.status != 404:
                raise

    async def aclose(self) -> None:
        await self._api.aclose()
        await self._trunking.aclose()

    async def _carried_out(self, call: _Call) -> Json:
        attempt = 0
        while True:
            attempt += 1
            asked_s = 0.0
            try:
                answer = await self._sent(call.request)
            except Unreachable as trouble:
                error = errors.silent(call.what, str(trouble), sent=trouble.sent)
                again = call.harmless or not trouble.sent
            else:
                if answer.status < 300:
                    return answer.body
                error = errors.refused(answer, call.what, quote=not call.secret)
                asked_s = answer.retry_after_s
                again = answer.status == 429 or (answer.status >= 500 and call.harmless)
            if not again or attempt >= _ATTEMPTS or asked_s > _LONGEST_ASKED_S:
                raise error
            await self._clock.sleep(max(asked_s, self._pause_s(attempt)))

    async def _sent(self, request: Request) -> Answer:
        wire = self._trunking if request.path.startswith("/v1/") else self._api
        async with self._gate.through():
            await self._clock.sleep(self._not_before - self._clock.monotonic())
            self.requests += 1
            answer = await wire.send(request, self._timeout_s)
            if answer.status == 429:  # the whole account's: those that wait wait longer too
                self._gate.refused()
                until = self._clock.monotonic() + min(answer.retry_after_s, _LONGEST_ASKED_S)
                self._not_before = max(self._not_before, until)
            else:
                self._gate.went_well()
            return answer

    def _pause_s(self, attempt: int) -> float:
        """Half certain, half by chance: a refused crowd comes back spread out, but none at once."""
        longest: float = min(_FIRST_PAUSE_S * 2 ** (attempt - 1), _LONGEST_PAUSE_S)
        return longest / 2 + self._chance() * longest / 2


@asynccontextmanager
async def side_by_side() -> AsyncIterator[asyncio.TaskGroup]:
    """A TaskGroup; the first error of any task ends the others and is raised itself, not as a group."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except ExceptionGroup as errors_:
        raise errors_.exceptions[0] from None


def _next_page(answer: Json) -> str | None:
    """Path and query only: credentials go to the host that was configured, whatever the answer names."""
    meta = answer.get("meta")
    following = meta.get("next_page_url") if isinstance(meta, dict) else answer.get("next_page_uri")
    if not following:
        return None
    parts = urlsplit(following)
    return f"{parts.path}?{parts.query}"
