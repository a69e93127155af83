"""Where the keys stand in each command that may be offered. A command that is not here is offered to nobody.

Missing on purpose: what blocks a connection, what changes its state (SELECT, SUBSCRIBE, MULTI), what looks over all
keys (KEYS, SCAN), what an operator does (CONFIG, FLUSHALL, CLIENT), and options that name keys elsewhere (SORT).
"""

from __future__ import annotations

from collections.abc import Callable

from state_gateway.errors import Refused

Command = tuple[bytes, ...]
KeysOf = Callable[[Command], Command]


def _none(_command: Command) -> Command:
    return ()


def _first(command: Command) -> Command:
    return command[1:2]


def _two(command: Command) -> Command:
    return command[1:3]


def _second(command: Command) -> Command:
    return command[2:3]


def _all(command: Command) -> Command:
    return command[1:]


def _pairs(command: Command) -> Command:
    return command[1::2]


def _counted(at: int) -> KeysOf:
    """`at`: where the number of keys stands; the keys follow it."""

    def keys(command: Command) -> Command:
        number = command[at] if len(command) > at else b""
        # isdigit: int() would also take " 1", "+1" and "1_0", which Redis reads otherwise
        count = int(number) if number.isdigit() and len(number) < 6 else -1
        if not 0 <= count <= len(command) - at - 1:
            raise Refused(400, "bad_request", "the number of keys does not fit the command")
        return command[at + 1 : at + 1 + count]

    return keys


def _copied(command: Command) -> Command:
    """COPY source destination [REPLACE]: without DB, which writes where no prefix of ours is looked after."""
    if any(word.upper() != b"REPLACE" for word in command[3:]):
        raise Refused(403, "command_not_allowed", "COPY is offered as COPY source destination [REPLACE], without DB")
    return command[1:3]


def _stored(command: Command) -> Command:
    return command[1:2] + _counted(2)(command)


def _streams(command: Command) -> Command:
    """XREAD [COUNT n] STREAMS key ... id ...: without BLOCK, which would hold a pooled connection."""
    words = [word.upper() for word in command]
    if b"STREAMS" not in words or b"BLOCK" in words[: words.index(b"STREAMS")]:
        raise Refused(403, "command_not_allowed", "XREAD is offered as XREAD [COUNT n] STREAMS, without BLOCK")
    rest = command[words.index(b"STREAMS") + 1 :]
    if not rest or len(rest) % 2:
        raise Refused(400, "bad_request", "XREAD needs as many ids as streams")
    return rest[: len(rest) // 2]


_BY_PLACE: tuple[tuple[KeysOf, str], ...] = (
    (_none, "PING ECHO TIME SCRIPT"),
    (
        _first,
        """
        GET SET SETNX SETEX PSETEX GETSET GETDEL GETEX APPEND STRLEN GETRANGE SETRANGE INCR INCRBY INCRBYFLOAT DECR
        DECRBY SETBIT GETBIT BITCOUNT BITPOS EXPIRE PEXPIRE EXPIREAT PEXPIREAT EXPIRETIME PEXPIRETIME TTL PTTL PERSIST
        TYPE HSET HSETNX HMSET HGET HMGET HGETALL HDEL HEXISTS HKEYS HVALS HLEN HSTRLEN HINCRBY HINCRBYFLOAT HSCAN
        HRANDFIELD LPUSH RPUSH LPUSHX RPUSHX LPOP RPOP LRANGE LLEN LINDEX LSET LREM LTRIM LINSERT LPOS SADD SREM
        SMEMBERS SISMEMBER SMISMEMBER SCARD SPOP SRANDMEMBER SSCAN ZADD ZREM ZINCRBY ZSCORE ZMSCORE ZCARD ZCOUNT
        ZLEXCOUNT ZRANK ZREVRANK ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZRANGEBYLEX ZREVRANGEBYLEX ZPOPMIN
        ZPOPMAX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREMRANGEBYLEX ZSCAN ZRANDMEMBER XADD XLEN XRANGE XREVRANGE XDEL XTRIM
        PFADD
        """,
    ),
    (_all, "DEL UNLINK EXISTS TOUCH MGET SINTER SUNION SDIFF SINTERSTORE SUNIONSTORE SDIFFSTORE PFCOUNT PFMERGE"),
    (_pairs, "MSET MSETNX"),
    (_copied, "COPY"),
    (_two, "RENAME RENAMENX LMOVE RPOPLPUSH SMOVE ZRANGESTORE"),
    (_second, "OBJECT"),
    (_counted(1), "ZINTER ZUNION ZDIFF SINTERCARD ZINTERCARD"),
    (_stored, "ZINTERSTORE ZUNIONSTORE ZDIFFSTORE"),
    (_counted(2), "EVAL EVALSHA"),
    (_streams, "XREAD"),
)

KEYS_OF: dict[bytes, KeysOf] = {name.encode(): keys for keys, names in _BY_PLACE for name in names.split()}

# What the call store sends, and what the seed's routes and feature flags need beside it.
_DEFAULT = """
    PING ECHO TIME GET SET SETNX SETEX MGET MSET DEL UNLINK EXISTS EXPIRE PEXPIRE EXPIREAT PEXPIREAT TTL PTTL PERSIST
    TYPE STRLEN APPEND INCR INCRBY INCRBYFLOAT DECR DECRBY HSET HSETNX HGET HMGET HGETALL HDEL HEXISTS HLEN HKEYS
    HINCRBY LPUSH RPUSH LPOP RPOP LRANGE LLEN LTRIM SADD SREM SMEMBERS SISMEMBER SCARD ZADD ZREM ZSCORE ZCARD ZCOUNT
    ZINCRBY ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE XADD XLEN XRANGE XREVRANGE XDEL XTRIM EVAL EVALSHA SCRIPT
"""
DEFAULT = frozenset(name.encode() for name in _DEFAULT.split())
