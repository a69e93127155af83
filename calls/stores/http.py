"""A store behind the state gateway (or Upstash): http:// and https://, the Upstash REST protocol's /pipeline.

run() -> queue -> at most two requests at once -> breaker -> sign -> POST -> replies, a retry, or StoreDown
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from calls.ports import StoreDown
from calls.stores.batches import Batch, Queue
from calls.stores.breaker import Breaker
from calls.stores.executor import Command, ErrorReply, Reply
from calls.stores.gateway_answers import Refusal, replies_of
from calls.stores.keyspace import Keep, KeyspaceStore
from calls.stores.link import HttpLink, Link, Unreachable
from calls.stores.repeats import Budget, pause_s
from calls.stores.signer import Signer
from ops import logging
from ops.clock import Clock, SystemClock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

TOTAL_S = 2.0  # all of one run(): waiting for others, retries, the answer
_LANES = 2  # requests at once: a long read does not hold up a lease
_RETRIES = 2
_log = logging.get("calls.stores.http")


def http_store(
    url: str,
    *,
    api_key: str,
    signing_key: str = "",
    prefix: str = "switchboard",
    keep: Keep | None = None,
    clock: Clock | None = None,
) -> KeyspaceStore:
    """The store behind the gateway at `url`. Raises ValueError for a bad URL or key."""
    executor = http_executor(url, api_key=api_key, signing_key=signing_key, clock=clock)
    return KeyspaceStore(executor, prefix=prefix, keep=keep)


def http_executor(url: str, *, api_key: str, signing_key: str = "", clock: Clock | None = None) -> HttpExecutor:
    """The way through the gateway at `url`. Connects with the first command. Raises ValueError for a bad URL or key.

    `api_key`: sk_<id>_<secret>, or Upstash's token. With a `signing_key` each request is signed, under the key's id.
    """
    clock = clock or SystemClock()
    signer = Signer(_key_id(api_key), signing_key, clock) if signing_key else None
    return HttpExecutor(HttpLink(url), api_key, signer, clock)


class HttpExecutor:
    """Retries only what may be executed twice (repeats.may_repeat), within a budget; a dead gateway costs nothing."""

    def __init__(
        self,
        link: Link,
        api_key: str,
        signer: Signer | None,
        clock: Clock,
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        if not api_key or not api_key.isascii() or not api_key.isprintable():
            raise ValueError("STATE_API_KEY is empty or no key")
        self._link, self._signer, self._clock, self._chance = link, signer, clock, chance
        self._headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
        self._queue, self._lanes, self._tasks = Queue(), 0, TaskSet("gateway")
        self._breaker, self._budget = Breaker(clock, chance=chance), Budget()
        self._not_before = 0.0  # monotonic: the gateway asked to be left alone until then
        self._asked = 0  # how many answers in a row did
        self._told: set[str] = set()  # what the operator was told since the last good answer

    def __repr__(self) -> str:
        return f"<HttpExecutor {self._breaker.state} {len(self._queue)} waiting {self._lanes} under way>"

    async def run(self, commands: Sequence[Command]) -> list[Reply]:
        try:
            async with deadline(TOTAL_S, "gateway"):
                answer = self._queue.add(commands, self._clock.monotonic() + TOTAL_S)
                if self._lanes < _LANES:
                    self._lanes += 1
                    self._tasks.spawn(self._lane(), name="lane")  # begins when all who ask in this moment have asked
                return await answer
        except DeadlineExceeded as error:
            raise StoreDown(str(error)) from error
        except RuntimeError as error:  # the set of tasks is closed
            raise StoreDown("the store was closed") from error

    async def ready(self) -> bool:
        try:
            (reply,) = await self.run([("PING",)])
        except StoreDown:
            return False
        return not isinstance(reply, ErrorReply)

    async def aclose(self) -> None:
        await self._tasks.aclose()
        while (batch := self._queue.take()) is not None:
            batch.failed(StoreDown("the store was closed"))
        await self._link.aclose()

    async def _lane(self) -> None:
        try:
            while (batch := self._queue.take()) is not None:
                try:
                    batch.answered(await self._deliver(batch))
                except StoreDown as error:
                    batch.failed(error)
                except BaseException:
                    batch.failed(StoreDown("the store was closed"))
                    raise
        finally:
            self._lanes -= 1

    async def _deliver(self, batch: Batch) -> list[Reply]:
        """The replies, after as many attempts as are allowed. Raises StoreDown."""
        corrected = False
        attempt = 0
        while True:
            await self._wait_as_asked(batch)
            try:
                return await self._attempt(batch)
            except Refusal as refusal:
                if refusal.code == "clock_skew" and not corrected and self._corrected(refusal):
                    corrected = True
                    continue
                attempt += 1
                pause = pause_s(attempt, self._chance)
                if not self._again(batch, refusal, attempt, pause):
                    raise StoreDown(refusal.text) from None
            await self._clock.sleep(pause)

    async def _attempt(self, batch: Batch) -> list[Reply]:
        """One request. Raises Refusal, and StoreDown where none is made."""
        began = self._clock.monotonic()
        if began >= batch.until:
            raise StoreDown(f"gateway: no answer within {TOTAL_S:g} s")
        if not self._breaker.enter():
            raise StoreDown("the gateway failed several times in a row and is not asked for a while")
        body = batch.body
        signed = self._signer.headers(self._link.path, self._link.query, body) if self._signer else {}
        try:
            answer = await self._link.post(body, self._headers | signed, batch.until - began)
            replies = replies_of(answer, batch.count)
        except Unreachable as error:
            self._breaker.failed()
            raise Refusal(f"gateway: {error}") from None
        except Refusal as refusal:
            # One that asks for patience is alive, whatever is behind it.
            ended = self._breaker.failed if refusal.broken and not refusal.wait_s else self._breaker.succeeded
            ended()
            self._not_before = max(self._not_before, self._clock.monotonic() + refusal.wait_s)
            self._asked = self._asked + 1 if refusal.wait_s else 0
            raise
        except BaseException:
            self._breaker.abandoned()
            raise
        self._breaker.succeeded()
        self._budget.earn()
        self._told.clear()
        self._asked = 0
        self._headers["X-Client-Latency-Ms"] = f"{(self._clock.monotonic() - began) * 1000:.1f}"
        return replies

    async def _wait_as_asked(self, batch: Batch) -> None:
        """Until the Retry-After of the last answer is over. Raises StoreDown where that would be too late, and where
        one wait did not help: an outage costs its callers a second once, not each time."""
        wait_s = self._not_before - self._clock.monotonic()
        if wait_s > 0:
            if self._asked > 1 or self._clock.monotonic() + wait_s >= batch.until:
                raise StoreDown("the gateway asked to be left alone for a while")
            await self._clock.sleep(wait_s)

    def _again(self, batch: Batch, refusal: Refusal, attempt: int, pause: float) -> bool:
        """Is one more attempt allowed, and worth it?"""
        if not refusal.broken:
            self._tell(refusal)
            return False
        hopeless = self._asked > 1 or attempt > _RETRIES
        if hopeless or (refusal.executed and not batch.repeatable):
            return False
        return self._clock.monotonic() + pause < batch.until and self._budget.spend()

    def _corrected(self, refusal: Refusal) -> bool:
        return self._signer is not None and self._signer.correct(refusal.date)

    def _tell(self, refusal: Refusal) -> None:
        """Log once what the operator must change, not at each of a call's many writes."""
        if refusal.text not in self._told:
            self._told.add(refusal.text)
            _log.error("the gateway refuses", next_step=refusal.text, code=refusal.code)


def _key_id(api_key: str) -> str:
    """The id in sk_<id>_<secret>. Raises ValueError: only the gateway's own keys sign."""
    kind, _, rest = api_key.partition("_")
    key_id, _, secret = rest.partition("_")
    if kind != "sk" or not key_id or not secret:
        raise ValueError("STATE_SIGNING_KEY needs a STATE_API_KEY of the form sk_<id>_<secret>")
    return key_id
