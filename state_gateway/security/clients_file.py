"""The clients file: JSON or YAML, written by people and by `python -m state_gateway keys`, read by the gateway.

Everything is checked when it is read: a mistake is named with its place, and nothing of the file is used.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from state_gateway.security.clients import MAX_KEY_BYTES, MAX_VALUE_BYTES, ApiKey, Client, Clients, Rate, Signing
from state_gateway.security.commands import DEFAULT, KEYS_OF
from state_gateway.security.policy import sha1

# What the gateway keeps in Redis for itself (nonces, rates): no client's prefix may open or hold it.
RESERVED = "state-gateway:"

_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*")
_SHA1 = re.compile(r"[0-9a-f]{40}")
_RATE = re.compile(r"(\d{1,9})\s*/\s*(\d{1,5})?\s*(second|minute|hour|day)s?")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class BadClientsFile(Exception):
    """Cannot be used. `problems`: one sentence for each mistake; they quote nothing secret (digests are left out)."""

    log_safe = True

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def _prefix(text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise ValueError("a prefix has letters, digits and . _ - : and begins with a letter or digit")
    whole = text if text.endswith(":") else text + ":"
    if whole.startswith(RESERVED):
        raise ValueError(f"{RESERVED} is the gateway's own")
    return whole


def _folder(text: str) -> str:
    if text.startswith("/") or "\\" in text or ".." in text.split("/"):
        raise ValueError('a folder of the bucket, such as "recordings/"; "" is the whole bucket')
    return text if text.endswith("/") or not text else text + "/"


def _rate(text: str) -> str:
    if not (match := _RATE.fullmatch(text)) or int(match[1]) < 1 or match[2] == "0":
        raise ValueError('a rate is "600/second", "100/minute" or "5000/10 seconds"')
    return text


def _network(text: str) -> str:
    ipaddress.ip_network(text)
    return text


def _command(text: str) -> str:
    if text not in ("default", "all") and text.upper().encode() not in KEYS_OF:
        raise ValueError("no command that the gateway offers")
    return text


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class KeyEntry(_Part):
    """A key as it is kept: its digest, never itself."""

    id: str = Field(pattern=r"^[0-9a-z]{8,32}$")
    hash: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    created: AwareDatetime
    expires: AwareDatetime | None = None
    revoked: AwareDatetime | None = None

    def valid_at(self, now: datetime) -> bool:
        return self.revoked is None and (self.expires is None or now < self.expires)


class ClientEntry(_Part):
    """One client, in the words of the file."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    prefixes: list[Annotated[str, AfterValidator(_prefix)]] = Field(min_length=1)
    commands: list[Annotated[str, AfterValidator(_command)]] = ["default"]
    scripts: list[Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]] | None = None
    networks: list[Annotated[str, AfterValidator(_network)]] = []
    rate: Annotated[str, AfterValidator(_rate)] | None = None
    max_concurrent: int = Field(default=64, ge=1)
    signing: Signing = "optional"
    objects_read: list[Annotated[str, AfterValidator(_folder)]] = []
    objects_write: list[Annotated[str, AfterValidator(_folder)]] = []
    max_key_bytes: int = Field(default=MAX_KEY_BYTES, ge=1)
    max_value_bytes: int = Field(default=MAX_VALUE_BYTES, ge=1)
    keys: list[KeyEntry] = []


class ClientsFile(_Part):
    """The whole file."""

    clients: list[ClientEntry] = []

    def client(self, name: str) -> ClientEntry | None:
        return next((each for each in self.clients if each.name == name), None)


def parse(text: str, *, is_yaml: bool) -> ClientsFile:
    """Raises BadClientsFile with every mistake."""
    try:
        data = yaml.safe_load(text) if is_yaml else json.loads(text)
    except (ValueError, yaml.YAMLError, RecursionError):
        raise BadClientsFile([f"this is no {'YAML' if is_yaml else 'JSON'}"]) from None
    try:
        file = ClientsFile.model_validate(data if data is not None else {})
    except ValidationError as error:
        raise BadClientsFile([_sentence(dict(each)) for each in error.errors(include_url=False)]) from None
    names = [client.name for client in file.clients]
    ids = [key.id for client in file.clients for key in client.keys]
    problems = [f"client {name} is there twice" for name in sorted(_twice(names))]
    problems += [f"key {id} is there twice" for id in sorted(_twice(ids))]
    if problems:
        raise BadClientsFile(problems)
    return file


def render(file: ClientsFile, *, is_yaml: bool) -> str:
    """The file's text; what has its default is left out. YAML loses its comments."""
    data = file.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(data, sort_keys=False) if is_yaml else json.dumps(data, indent=2) + "\n"


def is_yaml(path: Path) -> bool:
    return path.suffix in (".yaml", ".yml")


def load(path: Path, scripts: frozenset[bytes]) -> Clients:
    """Read and check `path`. `scripts`: what clients without a list of their own may run. Raises BadClientsFile."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadClientsFile([f"cannot read it: {getattr(error, 'strerror', None) or 'not text'}"]) from None
    return compile_clients(parse(text, is_yaml=is_yaml(path)), scripts)


def compile_clients(file: ClientsFile, scripts: frozenset[bytes]) -> Clients:
    """The file, ready to be asked."""
    keys: dict[str, ApiKey] = {}
    for entry in file.clients:
        client = _client(entry, scripts)
        for key in entry.keys:
            expires = key.expires.timestamp() if key.expires else None
            digest = bytes.fromhex(key.hash.removeprefix("sha256:"))
            keys[key.id] = ApiKey(key.id, client, digest, expires, key.revoked is not None)
    return Clients(keys)


def scripts_of(folder: Path) -> frozenset[bytes]:
    """The SHA-1 digests of every *.lua in `folder`, as Redis names scripts, and those that its released.sha1 lists: the
    versions that clients of earlier releases still run. An absent folder has none. Raises BadClientsFile."""
    here = frozenset(sha1(path.read_bytes()) for path in folder.glob("*.lua"))
    released = folder / "released.sha1"
    lines = released.read_text(encoding="utf-8").splitlines() if released.exists() else []
    digests = [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]
    if not all(map(_SHA1.fullmatch, digests)):
        raise BadClientsFile([f"{released}: a line begins with no SHA-1 (40 hexadecimal digits, lower case)"])
    return here | frozenset(each.encode() for each in digests)


def _client(entry: ClientEntry, scripts: frozenset[bytes]) -> Client:
    sets: dict[str, Callable[[], frozenset[bytes]]] = {"default": lambda: DEFAULT, "all": lambda: frozenset(KEYS_OF)}
    commands: frozenset[bytes] = frozenset()
    for word in entry.commands:
        commands |= sets[word]() if word in sets else frozenset([word.upper().encode()])
    return Client(
        name=entry.name,
        prefixes=tuple(prefix.encode() for prefix in entry.prefixes),
        commands=commands,
        scripts=scripts if entry.scripts is None else frozenset(each.encode() for each in entry.scripts),
        networks=tuple(ipaddress.ip_network(each) for each in entry.networks),
        rate=parse_rate(entry.rate) if entry.rate else None,
        max_concurrent=entry.max_concurrent,
        signing=entry.signing,
        objects_read=tuple(entry.objects_read),
        objects_write=tuple(entry.objects_write),
        max_key_bytes=entry.max_key_bytes,
        max_value_bytes=entry.max_value_bytes,
    )


def parse_rate(text: str) -> Rate:
    """ "600/second", "100/minute", "5000/10 seconds". Raises ValueError."""
    match = _RATE.fullmatch(_rate(text))
    assert match is not None  # noqa: S101 - _rate has just checked it
    return Rate(int(match[1]), int(match[2] or 1) * _SECONDS[match[3]])


def _twice(words: list[str]) -> set[str]:
    return {word for word in words if words.count(word) > 1}


def _sentence(mistake: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in mistake["loc"]) or "the file"
    return f"{place}: {str(mistake['msg']).removeprefix('Value error, ')}"
