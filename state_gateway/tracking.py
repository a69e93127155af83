"""Redis tells of every write below some prefixes, whoever made it: CLIENT TRACKING in broadcast mode, on RESP3.

Source: redis.io/docs, "Client-side caching in Redis", broadcasting mode; seen with Redis 7.0.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import hiredis

from ops import logging
from ops.clock import Clock
from ops.deadline import deadline
from ops.tasks import TaskSet
from state_gateway.batching import pack
from state_gateway.lane import Lost, Reply, ReplyError
from state_gateway.read_cache import ReadCache
from state_gateway.redis_address import RedisAddress

_ANSWER_S = 1.0
_PING_EVERY_S = 1.0  # a dead connection is found within two seconds; entries live five at most
_RETRY_S = 0.5
_NOT_YET = object()
_log = logging.get("state_gateway.tracking")


class Tracking:
    """Keeps `cache` true to the Redis at `address`: on while the connection lives, off (and empty) else."""

    def __init__(self, address: RedisAddress, cache: ReadCache, clock: Clock) -> None:
        self._address, self._cache, self._clock = address, cache, clock
        self._tasks = TaskSet("tracking")
        self._told_off = False

    async def start(self) -> None:
        self._tasks.spawn(self._keep(), name="keep")

    async def aclose(self) -> None:
        await self._tasks.aclose()

    async def _keep(self) -> None:
        while True:
            try:
                await self._follow()
            except (OSError, TimeoutError, Lost, ReplyError) as error:
                if not self._told_off:  # once: a Redis without tracking is asked twice a second for ever
                    _log.info("read cache off", error=error)
                self._told_off = True
            await self._clock.sleep(_RETRY_S)

    async def _follow(self) -> None:
        """Until the connection breaks; raises then."""
        async with deadline(_ANSWER_S, "redis"):
            wire = await self._address.connect(lambda: _Wire(self._told))
        try:
            words = [word for prefix in self._cache.prefixes for word in (b"PREFIX", prefix)]
            for command in (*self._address.hello, (b"HELLO", b"3"), (b"CLIENT", b"TRACKING", b"ON", b"BCAST", *words)):
                await wire.ask(command)
            self._cache.on()
            self._told_off = False
            _log.info("read cache on")
            while True:
                await self._clock.sleep(_PING_EVERY_S)
                await wire.ask((b"PING",))
        finally:
            self._cache.off()
            wire.close()

    def _told(self, push: list[Any]) -> None:
        """["invalidate", [keys]]; None in place of the keys: all of them (FLUSHALL)."""
        if push[0] != b"invalidate":
            return
        if push[1] is None:
            self._cache.on()
        else:
            self._cache.forget(push[1])


class _Wire(asyncio.Protocol):
    """One question at a time, and messages that come by themselves."""

    def __init__(self, told: Callable[[list[Any]], None]) -> None:
        self._told = told
        self._reader = hiredis.Reader(notEnoughData=_NOT_YET)
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[asyncio.Future[Reply]] = deque()

    async def ask(self, command: tuple[bytes, ...]) -> Reply:
        """Raises Lost, TimeoutError, ReplyError."""
        if self._transport is None:
            raise Lost
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._transport.write(pack([command]))
        async with deadline(_ANSWER_S, "redis"):
            reply = await answer
        if isinstance(reply, ReplyError):
            raise reply
        return reply

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not _NOT_YET:
                if isinstance(reply, hiredis.PushNotification):
                    self._told(reply)
                elif self._waiting and not (answer := self._waiting.popleft()).done():
                    answer.set_result(reply)
        except hiredis.ProtocolError:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._transport = None
        while self._waiting:
            if not (answer := self._waiting.popleft()).done():
                answer.set_exception(Lost())
