"""May this client do that? Answered from the command alone: no I/O, a few microseconds, and nothing of it in the text.

Denied unless allowed: a command outside the client's list, a script outside its list, a key outside its prefixes.
"""

from __future__ import annotations

import hashlib
import re

from state_gateway.errors import Refused
from state_gateway.security.clients import Client
from state_gateway.security.commands import KEYS_OF, Command

_RUNS_SCRIPTS = frozenset((b"EVAL", b"EVALSHA", b"SCRIPT"))
_MAX_PATH_BYTES = 1024  # the longest name of an object in Google Cloud Storage
# Control characters, backslashes, and escapes left after decoding: nothing that a proxy might read as another path.
_ODD_PATH = re.compile(r"[\x00-\x1f\x7f-\x9f\\]|%(?:2e|2f|5c|00)", re.IGNORECASE)


def check(client: Client, command: Command) -> tuple[bytes, Command]:
    """Its name in capitals, and its keys. Raises Refused: 400 no command, 403 not allowed, 413 too large."""
    if not command:
        raise Refused(400, "bad_request", "a command is a list with at least its name")
    name = command[0].upper()
    keys_of = KEYS_OF.get(name)
    if keys_of is None or name not in client.commands:
        raise Refused(403, "command_not_allowed", "this client may not use this command")
    for each in command:
        if len(each) > client.max_value_bytes:
            raise Refused(413, "too_large", f"an argument has more than {client.max_value_bytes} bytes")
    if name in _RUNS_SCRIPTS:
        _check_script(client, name, command)
    keys = keys_of(command)
    for key in keys:
        if len(key) > client.max_key_bytes:
            raise Refused(413, "too_large", f"a key has more than {client.max_key_bytes} bytes")
        if not key.startswith(client.prefixes):
            raise Refused(403, "wrong_prefix", "a key is outside the client's prefix")
    return name, keys


def check_object(client: Client, path: str, *, write: bool) -> None:
    """`path`: the object's name, decoded once. Raises Refused: 400 no name for an object, 403 not this client's."""
    if not _is_plain(path):
        raise Refused(400, "bad_path", "an object's name is folder/name: no empty part, no . or .., no controls")
    if not path.startswith(client.objects_write if write else client.objects_read):
        raise Refused(403, "wrong_prefix", "this object is outside what the client may use")


def _check_script(client: Client, name: bytes, command: Command) -> None:
    if name == b"SCRIPT":
        verb = command[1].upper() if len(command) > 1 else b""
        if verb == b"EXISTS":
            return  # the digests of scripts are no secret
        if verb != b"LOAD":
            raise Refused(403, "command_not_allowed", "of SCRIPT there are SCRIPT LOAD and SCRIPT EXISTS")
    if len(command) < 3:
        raise Refused(400, "bad_request", "EVAL, EVALSHA and SCRIPT LOAD need a script")
    script = command[2] if name == b"SCRIPT" else command[1]
    digest = script.lower() if name == b"EVALSHA" else sha1(script)
    if digest not in client.scripts:
        raise Refused(403, "script_not_allowed", "this client may not run this script")


def sha1(script: bytes) -> bytes:
    """A script's name in Redis: hexadecimal, lower case."""
    return hashlib.sha1(script, usedforsecurity=False).hexdigest().encode()


def _is_plain(path: str) -> bool:
    try:
        size = len(path.encode())
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    if not 0 < size <= _MAX_PATH_BYTES or _ODD_PATH.search(path):
        return False
    return all(part not in ("", ".", "..") for part in path.split("/"))
