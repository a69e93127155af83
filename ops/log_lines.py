"""One log record -> one line, with what must not be written left out."""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

import structlog

from ops.log_keys import PII_PREFIX, SAFE_KEYS

HOUSE = "switchboard"  # the record attribute that holds our own keys
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", HOUSE}
# What a server answered, in livekit-agents' text of an API error: it may quote the prompt, and so the caller.
_QUOTED = re.compile(r"\b(message|body)=.*", re.DOTALL)
_NUMBER = re.compile(r"\+?\d[\d ().-]{6,}\d")
# Python's own words about code and connections, never about what a caller said
_SAFE_ERRORS = (OSError, ImportError, AttributeError, NameError, TypeError, RecursionError, MemoryError)


class Lines(logging.Formatter):
    """`pii=False` leaves out `pii_` keys, keys of libraries that are not on the safe list, phone numbers in libraries'
    texts, and the words of exceptions that may quote a caller (the type and the places stay). An exception class may
    say `log_safe = True` for its own words."""

    def __init__(self, format: str, *, pii: bool, colors: bool) -> None:
        super().__init__()
        self._pii = pii
        self._json = format == "json"
        self._console = structlog.dev.ConsoleRenderer(colors=colors, pad_event_to=32)

    def format(self, record: logging.LogRecord) -> str:
        line = {"event": self._text(record), "level": record.levelname.lower(), "logger": record.name}
        line["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        for key, value in self._keys(record).items():
            line.setdefault(key, value)
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = self._exception(record.exc_info[1])
        elif record.exc_text:  # crossed a process as text: the places stay
            line["exception"] = record.exc_text if self._pii else _places(record.exc_text)
        if self._json:
            return json.dumps(line, ensure_ascii=False)
        return str(self._console(None, "", line))

    def _text(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        return text if self._pii or hasattr(record, HOUSE) else _NUMBER.sub("[number]", _QUOTED.sub(r"\1=...", text))

    def _keys(self, record: logging.LogRecord) -> dict[str, Any]:
        keys = {key: plain(value) for key, value in structlog.contextvars.get_contextvars().items()}
        # Attributes of the record: a library's own keys, and the job's (its call's id) that livekit-agents puts on it.
        keys |= {k: plain(v) for k, v in vars(record).items() if k not in _STANDARD and not k.startswith("_")}
        if not self._pii:
            keys = {k: v for k, v in keys.items() if k in SAFE_KEYS}
        house = getattr(record, HOUSE, {})
        return keys | {k: v for k, v in house.items() if self._pii or not k.startswith(PII_PREFIX)}

    def _exception(self, error: BaseException) -> str:
        whole = "".join(traceback.format_exception(error)).rstrip()
        if self._pii:
            return whole
        chain: list[str] = []
        each: BaseException | None = error
        while each is not None and len(chain) < 5:
            chain.append("".join(traceback.format_tb(each.__traceback__)) + describe(each))
            each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
        return "\n<- ".join(chain)


def describe(error: BaseException) -> str:
    """The exception's type, and its words where they cannot quote a caller."""
    name = type(error).__qualname__
    return f"{name}: {error}" if isinstance(error, _SAFE_ERRORS) or getattr(error, "log_safe", False) else name


def plain(value: Any) -> Any:
    """Something JSON and pickle can carry; an exception becomes what `describe` says of it."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, BaseException):
        return describe(value)
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    return str(value)


def _places(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.lstrip().startswith("File "))
