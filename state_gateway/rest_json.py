"""JSON bodies <-> Redis commands and replies, as the Upstash REST API has them.

Source: upstash.com/docs/redis/features/restapi and upstash-redis 1.8.0 (http.py, format_response), read 2026-11-21.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import orjson

from state_gateway.errors import Refused, bad_request
from state_gateway.lane import Reply, ReplyError

Command = tuple[bytes, ...]
_ONE = 'send one command as a JSON array of strings: ["SET", "key", "value"]'
_MANY = 'send an array of commands, each an array of strings: [["SET", "key", "value"], ["GET", "key"]]'


def one_command(body: bytes) -> Command:
    """`["SET", "key", "value"]`. Raises Refused 400."""
    parsed = _parse(body, _ONE)
    if parsed and isinstance(parsed[0], list):
        raise bad_request("several commands go to /pipeline or /multi-exec; " + _ONE)
    return _command(parsed, _ONE) or _mixed(_exactly(body), _ONE)


def many_commands(body: bytes, most: int) -> list[Command]:
    """`[["SET", "key", "value"], ...]`, at least one and at most `most`. Raises Refused 400 or 413."""
    parsed = _parse(body, _MANY)
    if len(parsed) > most:
        raise Refused(413, "too_large", f"more than {most} commands at once: send them in parts")
    commands = [_command(each, _MANY) for each in parsed]
    if None in commands:
        exact = _exactly(body)
        return [each or _mixed(exact[number], _MANY) for number, each in enumerate(commands)]
    return commands  # type: ignore[return-value]  # None was looked for


def dumps(answer: object) -> bytes:
    """JSON of results. An error inside a list (EXEC's, a script's) becomes {"error": text}."""
    return orjson.dumps(answer, default=_error)


def result(reply: Reply, *, base64: bool) -> dict[str, Any]:
    """One command's answer: {"result": ...} as RESP2 has it (None, int, str, lists of these), or {"error": text}."""
    if reply.__class__ is ReplyError:
        return {"error": str(reply)}
    return {"result": _base64(reply) if base64 else reply}


def _error(reply: object) -> dict[str, str]:
    if isinstance(reply, ReplyError):
        return {"error": str(reply)}
    raise TypeError


def _parse(body: bytes, words: str) -> list[Any]:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise bad_request("the body is no JSON (UTF-8); " + words) from None
    if not isinstance(parsed, list):
        raise bad_request("the body is no JSON array; " + words)
    if not parsed:
        raise bad_request("the array is empty; " + words)
    return parsed


def _exactly(body: bytes) -> list[Any]:
    """The same array with its numbers as they were written: 1.10 and 20 digits must arrive as they are."""
    try:
        parsed: list[Any] = json.loads(body, parse_float=str, parse_int=str, parse_constant=str)
    except RecursionError:
        raise bad_request("the arrays are nested too deeply") from None
    return parsed


def _command(parsed: Any, words: str) -> Command | None:
    """None: not all of it is text, and `_mixed` is to look closer."""
    if not isinstance(parsed, list):
        raise bad_request("a command is no array; " + words)
    if not parsed:
        raise bad_request("a command is empty; " + words)
    if not isinstance(parsed[0], str):
        raise bad_request("the first element of a command is its name, a string; " + words)
    try:
        return tuple([each.encode() for each in parsed])
    except AttributeError:
        return None


def _mixed(parsed: list[Any], words: str) -> Command:
    """Numbers go to Redis as they were written, booleans as true and false; null, arrays and objects do not go."""
    arguments: list[bytes] = []
    for each in parsed:
        if isinstance(each, bool):
            arguments.append(b"true" if each else b"false")
        elif isinstance(each, str):
            arguments.append(each.encode())
        else:
            raise bad_request("an argument is null, an array or an object: write it as a string; " + words)
    return tuple(arguments)


def _base64(reply: Reply) -> Any:
    """Every string but "OK", which Upstash and its clients leave as it is."""
    if isinstance(reply, bytes):
        return "OK" if reply == b"OK" else b64encode(reply).decode()
    if isinstance(reply, list):
        return [_base64(each) for each in reply]
    return reply
