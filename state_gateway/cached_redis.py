"""The pool with the read cache before it: the same promises, and GET of the cached prefixes from memory."""

from __future__ import annotations

from dataclasses import replace

from state_gateway.batching import Command
from state_gateway.lane import ReplyError
from state_gateway.read_cache import ReadCache
from state_gateway.redis_pool import READS, Answer, RedisPool


class CachedRedis:
    """A client that wrote through this process reads its write: what it wrote is forgotten before it is answered."""

    def __init__(self, pool: RedisPool, cache: ReadCache) -> None:
        self._pool, self._cache = pool, cache

    async def run(self, commands: list[Command], *, text: bool) -> Answer:
        if len(commands) == 1 and len(commands[0]) == 2 and commands[0][0].upper() == b"GET":
            return await self._get(commands[0], text=text)
        try:
            return await self._pool.run(commands, text=text)
        finally:
            self._forget(commands)

    async def transaction(self, commands: list[Command], *, text: bool) -> Answer:
        try:
            return await self._pool.transaction(commands, text=text)
        finally:
            self._forget(commands)

    async def _get(self, command: Command, *, text: bool) -> Answer:
        key = command[1]
        if not self._cache.covers(key):
            return await self._pool.run([command], text=text)
        hit, value = self._cache.look(key)
        if hit:
            return Answer([_as(value, text)], cache="hit")
        token = self._cache.asking(key)
        answer = await self._pool.run([command, (b"PTTL", key)], text=False)
        reply, left_ms = answer.replies
        if isinstance(reply, ReplyError):
            return replace(answer, replies=[reply])
        if not answer.stale and isinstance(left_ms, int):
            # -1: for ever. -2: there is none; or, after a value, it has run out since
            left_s = None if left_ms == -1 or reply is None else max(0, left_ms) / 1000
            self._cache.keep(key, reply, token, left_s)
        return replace(answer, replies=[_as(reply, text)], cache="miss")

    def _forget(self, commands: list[Command]) -> None:
        for command in commands:
            if command[0].upper() not in READS:
                self._cache.forget(command[1:])  # the keys are among them, wherever they stand


def _as(value: bytes | None, text: bool) -> str | bytes | None:
    return value.decode("utf-8", "replace") if text and value is not None else value
