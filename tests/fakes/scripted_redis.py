"""A Redis of a few lines on a real socket: answers by a script, and keeps what it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import hiredis

Command = list[bytes]
BREAK = b""


class ScriptedRedis:
    """`reply(command)`: RESP bytes; None: nothing, now or ever; BREAK: the connection ends instead.

    `received`: all but PING, in order; `reads`: how many commands came with each read of a connection. `hold`: while it
    is cleared, nothing is answered."""

    def __init__(self, reply: Callable[[Command], bytes | None]) -> None:
        self.reply = reply
        self.received: list[Command] = []
        self.reads: list[int] = []
        self.hold = asyncio.Event()
        self.hold.set()
        self.arrived = asyncio.Event()
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def break_all(self) -> None:
        """Close every connection, answers owed or not."""
        for writer in self._writers:
            writer.transport.abort()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ScriptedRedis]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.break_all()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parser = hiredis.Reader()
        self._writers.add(writer)
        with suppress(ConnectionError):
            while data := await reader.read(1 << 20):
                parser.feed(data)
                commands = _all(parser)
                self.reads.append(sum(command[0] != b"PING" for command in commands))
                await self._answer(commands, writer)
        self._writers.discard(writer)
        writer.close()

    async def _answer(self, commands: list[Command], writer: asyncio.StreamWriter) -> None:
        for command in commands:
            if command[0] == b"PING":
                writer.write(b"+PONG\r\n")
                continue
            self.received.append(command)
            self.arrived.set()
            await self.hold.wait()
            if (answer := self.reply(command)) == BREAK:
                writer.transport.abort()
                return
            if answer is not None:
                writer.write(answer)


def _all(parser: Any) -> list[Command]:
    commands = []
    while (command := parser.gets()) is not False:
        commands.append(command)
    return commands
