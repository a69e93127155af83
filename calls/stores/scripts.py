"""The Lua scripts of lua/: sent by their SHA-1, and whole to a Redis that has not seen them.

They keep to what Upstash has too. A script's hash is that of its file, byte by byte: the gateway allows by it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from calls.ports import StoreDown
from calls.stores.executor import ErrorReply, Executor, Reply

DIRECTORY = Path(__file__).parent / "lua"


@dataclass(frozen=True, slots=True)
class Script:
    text: str
    sha: str

    async def call(self, executor: Executor, keys: list[str], *args: str | bytes | int) -> Reply:
        """Its answer. Raises StoreDown, also where Redis refuses: out of memory, a replica, a key of another type."""
        rest = (len(keys), *keys, *args)
        (reply,) = await executor.run([("EVALSHA", self.sha, *rest)])
        if reply == ErrorReply("NOSCRIPT"):
            (reply,) = await executor.run([("EVAL", self.text, *rest)])
        return checked(reply)


def checked(reply: Reply) -> Reply:
    """The reply. Raises StoreDown where it is an error."""
    if isinstance(reply, ErrorReply):
        raise StoreDown(f"the store refused: {reply.code}")
    return reply


@contextmanager
def understood() -> Iterator[None]:
    """Around what reads a reply: one of another shape than the command's (a proxy's, another server's) is StoreDown."""
    try:
        yield
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
        raise StoreDown(f"the store's answer has no shape we know ({type(error).__name__})") from None


@cache
def script(name: str) -> Script:
    """lua/<name>.lua, read once."""
    text = (DIRECTORY / f"{name}.lua").read_bytes()
    return Script(text.decode(), hashlib.sha1(text).hexdigest())  # noqa: S324 - how Redis names a script
