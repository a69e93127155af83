"""A store in a Redis that can be reached directly: redis:// and rediss:// (TLS, the certificate is checked).

RESP2: no answer here is a map or a double, and RESP3 costs a HELLO at each connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from calls.ports import StoreDown
from calls.stores.executor import Command, ErrorReply, Reply
from calls.stores.keyspace import Keep, KeyspaceStore
from ops.deadline import deadline

if TYPE_CHECKING:
    from redis.asyncio.connection import AbstractConnection

_CONNECT_S = 0.5
_OPERATION_S = 1.0  # all of it: waiting for a connection, connecting, sending, the answer
_CONNECTIONS = 8


def redis_store(url: str, *, prefix: str = "switchboard", keep: Keep | None = None) -> KeyspaceStore:
    """The store at `url` (redis://[user:password@]host[:port][/db]). Connects with the first command.

    Raises ValueError for a URL that is none.
    """
    return KeyspaceStore(RedisExecutor(url), prefix=prefix, keep=keep)


class RedisExecutor:
    """Pipelines over a bounded pool of connections; nothing is sent twice.

    A connection that was closed while it lay idle is told before it is used, and made anew.
    """

    def __init__(self, url: str) -> None:
        # Here, not above: 60 ms that a process without a Redis need not pay.
        from redis.asyncio.connection import BlockingConnectionPool
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        self._pool = BlockingConnectionPool.from_url(
            url,
            protocol=2,
            max_connections=_CONNECTIONS,
            timeout=None,  # the deadline of the operation holds
            socket_timeout=None,  # else it writes under asyncio.wait_for, which loses cancellations in Python 3.11
            socket_connect_timeout=_CONNECT_S,
            retry=Retry(NoBackoff(), 0),  # redis-py's own retries took 4.4 s to say that Redis is down
            driver_info=None,  # else two more round trips at each connection
        )

    async def run(self, commands: Sequence[Command]) -> list[Reply]:
        from redis.exceptions import RedisError

        try:
            async with deadline(_OPERATION_S, "redis"):
                return await self._exchange(commands)
        except (RedisError, OSError) as error:  # OSError: DeadlineExceeded too
            raise StoreDown(f"redis: {type(error).__name__}") from error

    async def ready(self) -> bool:
        try:
            (reply,) = await self.run([("PING",)])
        except StoreDown:
            return False
        return not isinstance(reply, ErrorReply)

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def _exchange(self, commands: Sequence[Command]) -> list[Reply]:
        connection = await self._pool.get_connection()  # type: ignore[no-untyped-call]
        complete = False
        try:
            await connection.send_packed_command(connection.pack_commands(commands), check_health=False)
            replies = [await _reply(connection) for _ in commands]
            complete = True
        finally:
            if not complete:  # answers to these commands may still come: nobody else must read them
                await connection.disconnect(nowait=True)
            await self._pool.release(connection)
        return replies


async def _reply(connection: AbstractConnection) -> Any:
    from redis.exceptions import ResponseError

    try:
        return await connection.read_response(disable_decoding=True)
    except ResponseError as error:
        return ErrorReply(getattr(error, "status_code", None) or str(error).partition(" ")[0] or "ERR")
