"""The gateway's Redis: the primary, and a replica that answers reads when the primary is gone.

What may be repeated is repeated (reads, within a budget); what may have been executed is never repeated: it is answered
503 unknown_outcome, and the caller, who knows whether twice is harmless, decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from state_gateway.batching import Command, Lanes
from state_gateway.errors import Refused, store_down, unknown_outcome
from state_gateway.lane import Lost, NotSent, Reply, ReplyError
from state_gateway.metrics import Metrics

# Commands that change nothing, and so may be sent twice or to a replica.
READS = frozenset(
    b"PING ECHO GET MGET STRLEN GETRANGE GETBIT BITCOUNT BITPOS EXISTS TTL PTTL EXPIRETIME PEXPIRETIME TYPE OBJECT "
    b"HGET HMGET HGETALL HEXISTS HKEYS HVALS HLEN HSTRLEN HSCAN HRANDFIELD LRANGE LLEN LINDEX LPOS SMEMBERS SISMEMBER "
    b"SMISMEMBER SCARD SRANDMEMBER SSCAN SINTER SUNION SDIFF SINTERCARD ZSCORE ZMSCORE ZCARD ZCOUNT ZLEXCOUNT ZRANK "
    b"ZREVRANK ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZRANGEBYLEX ZREVRANGEBYLEX ZSCAN ZRANDMEMBER ZINTER "
    b"ZUNION ZDIFF ZINTERCARD XLEN XRANGE XREVRANGE XREAD PFCOUNT".split()
)
# First words of replies that say "not now": the command was not executed (Redis 7, src/server.c: shared.*err).
_NOT_NOW = frozenset({"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "MISCONF", "NOREPLICAS", "OOM", "BUSY"})
_BUDGET_MOST, _BUDGET_PER_READ = 10.0, 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """`stale`: the replica answered; it may be behind the primary by what replication had not carried over.
    `cache`: "hit" or "miss" where the read cache was asked."""

    replies: list[Reply]
    stale: bool = False
    cache: str = ""


class RedisPool:
    def __init__(self, primary: Lanes, replica: Lanes | None, metrics: Metrics) -> None:
        self.primary, self.replica = primary, replica
        self._failures = {kind: metrics.redis_errors.labels(kind) for kind in ("not_sent", "lost", "refused")}
        self._retries = {where: metrics.retries.labels(where) for where in ("primary", "replica")}
        self._budget = _BUDGET_MOST

    async def start(self) -> None:
        await self.primary.start()
        if self.replica is not None:
            await self.replica.start()

    async def aclose(self) -> None:
        await self.primary.aclose()
        if self.replica is not None:
            await self.replica.aclose()

    async def run(self, commands: list[Command], *, text: bool) -> Answer:
        """One reply for each command, in order, ReplyError among them. Not atomic: see `transaction`.

        Raises Refused 503: store_down (nothing was executed), unknown_outcome (it may have been).
        """
        return await self._run(commands, _only_read(commands), text=text)

    async def transaction(self, commands: list[Command], *, text: bool) -> Answer:
        """As `run`, all or nothing: MULTI/EXEC in one write, so that nobody's commands come between.

        Redis' refusal of the whole (EXECABORT) is raised as Refused 400 redis_error.
        """
        reads = _only_read(commands)
        answer = await self._run([(b"MULTI",), *commands, (b"EXEC",)], reads, text=text)
        result = answer.replies[-1]
        if isinstance(result, ReplyError):
            raise Refused(400, "redis_error", str(result))
        return Answer(result, answer.stale)

    async def _run(self, commands: list[Command], reads: bool, *, text: bool) -> Answer:
        try:
            replies = await self.primary.run(commands, text=text)
        except (Lost, NotSent) as error:
            lost = isinstance(error, Lost)
            self._failures["lost" if lost else "not_sent"].inc()
            if not reads:
                raise unknown_outcome() if lost else store_down() from None
            return await self._read_again(commands, text=text)
        for reply in replies:
            if reply.__class__ is ReplyError and _first_word(reply) in _NOT_NOW:
                self._failures["refused"].inc()
                return await self._refused(commands, replies, reads, text=text)
        if reads:
            self._budget = min(_BUDGET_MOST, self._budget + _BUDGET_PER_READ)
        return Answer(replies)

    async def _refused(self, commands: list[Command], replies: list[Reply], reads: bool, *, text: bool) -> Answer:
        """Redis is there and says "not now"."""
        if reads:
            return await self._from_replica(commands, text=text)
        in_transaction = commands[0][0] == b"MULTI"
        if in_transaction and isinstance(replies[-1], ReplyError):
            raise store_down("Redis does not take writes now; nothing was executed")
        for command, reply in zip(commands, replies, strict=True):
            if not isinstance(reply, ReplyError) and command[0].upper() not in READS:
                return Answer(replies)  # some of it was done: each command's own answer tells which
        raise store_down("Redis does not take writes now; nothing was executed")

    async def _read_again(self, commands: list[Command], *, text: bool) -> Answer:
        """The primary once more where it is up, else the replica; as often as the budget allows."""
        if self.primary.up and self._take():
            self._retries["primary"].inc()
            try:
                return Answer(await self.primary.run(commands, text=text))
            except (Lost, NotSent):
                pass
        return await self._from_replica(commands, text=text)

    async def _from_replica(self, commands: list[Command], *, text: bool) -> Answer:
        if self.replica is None or not self.replica.up:
            raise store_down()
        self._retries["replica"].inc()
        try:
            replies = await self.replica.run(commands, text=text)
        except (Lost, NotSent):
            raise store_down() from None
        if any(isinstance(reply, ReplyError) and _first_word(reply) in _NOT_NOW for reply in replies):
            raise store_down()
        return Answer(replies, stale=True)

    def _take(self) -> bool:
        """A retry from the budget: one for each ten reads, ten at most in a row. Retries must not feed an outage."""
        if self._budget < 1:
            return False
        self._budget -= 1
        return True


def _only_read(commands: list[Command]) -> bool:
    return all(name.upper() in READS for name in {command[0] for command in commands})


def _first_word(error: ReplyError) -> str:
    return str(error).partition(" ")[0]
