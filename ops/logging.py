"""Logs: structlog for the house, the same lines for every library that logs through the standard library.

The event text is constant, values are keys (a test holds the list of keys: ops/log_keys.py). Keys that start with
`pii_` are written only where the operator asked for them. `bind(call_id=...)` adds keys to every line of the current
task and of the tasks born in it, libraries' lines included.
"""

from __future__ import annotations

import logging as stdlib
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

import structlog

from ops.log_lines import HOUSE, Lines, plain

Format = Literal["json", "console"]
_NOISY = ("httpx", "httpcore", "openai", "aiohttp.access", "urllib3", "watchfiles", "asyncio", "grpc", "livekit")


def get(name: str) -> structlog.stdlib.BoundLogger:
    """The logger called `name` (the module's dotted name). Cheap; at import too."""
    return structlog.stdlib.get_logger(name)


def bind(**keys: Any) -> Mapping[str, Any]:
    """Add `keys` to every line of this task and its children from now on; returns tokens for structlog's reset."""
    return structlog.contextvars.bind_contextvars(**keys)


def configure(format: Format, *, pii: bool = False, stream: TextIO = sys.stderr, level: str = "INFO") -> None:
    """Route every log line of this process to `stream`: one JSON object a line, or aligned text for a terminal.

    Takes the root logger over, and may be called again: a library that installed its own handlers since then (livekit's
    command line, and its job processes) loses them, else each line would be written twice.
    """
    handler = stdlib.StreamHandler(stream)
    handler.setFormatter(Lines(format, pii=pii, colors=stream.isatty()))
    root = stdlib.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _NOISY:
        stdlib.getLogger(name).setLevel(max(stdlib.WARNING, root.level))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = stdlib.getLogger(name)
        library.handlers.clear()
        library.propagate = True


def _to_record(_logger: Any, _method: str, keys: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """structlog's keys -> the standard library's arguments: any handler can print, pickle or count the record."""
    kwargs: dict[str, Any] = {"msg": keys.pop("event", "")}
    for special in ("exc_info", "stack_info", "stacklevel"):
        if special in keys:
            kwargs[special] = keys.pop(special)
    kwargs["extra"] = {HOUSE: {key: plain(value) for key, value in keys.items()}}
    return kwargs


structlog.configure(
    processors=[structlog.stdlib.filter_by_level, _to_record],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=False,
)
