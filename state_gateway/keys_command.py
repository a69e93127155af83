"""`python -m state_gateway keys`: mint, list and revoke API keys in the clients file, while the gateway runs.

Exit codes: 0 done, 1 could not be done (the reason is on stderr), 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ops.clock import Clock
from state_gateway.security import keys
from state_gateway.security.clients_file import (
    BadClientsFile,
    ClientEntry,
    ClientsFile,
    KeyEntry,
    is_yaml,
    parse,
    render,
)

_VALID_AT_ONCE = 2


class CannotDo(Exception):
    """What the operator asked for can't be done; the message says why and what to do."""


def arguments() -> argparse.ArgumentParser:
    """The words of the command line."""
    parser = argparse.ArgumentParser(prog="python -m state_gateway", description="The state gateway's API keys.")
    keys_of = parser.add_subparsers(required=True, metavar="keys").add_parser("keys", help="mint, list, revoke")
    commands = keys_of.add_subparsers(dest="command", required=True, metavar="mint|list|revoke")
    mint = commands.add_parser("mint", help="make a key; it is shown once")
    mint.add_argument("--client", required=True, help="its name; a new client is made with --prefix")
    mint.add_argument("--prefix", action="append", help="key prefix of a new client; may be given again")
    mint.add_argument("--expires-days", type=_days, help="days until it expires; left out: never")
    revoke = commands.add_parser("revoke", help="end a key; running gateways follow within a second")
    revoke.add_argument("id", help="the part between sk_ and the second _")
    for each in (mint, commands.add_parser("list", help="ids and dates, no secrets"), revoke):
        each.add_argument("--file", type=Path, help="the clients file; left out: STATE_GATEWAY_KEYS_FILE")
    return parser


def run(asked: argparse.Namespace, file: Path, root: bytes | None, clock: Clock, say: Callable[[str], None]) -> int:
    """Do what was asked, speak through `say`; returns the exit code. `root`: the signing root, where there is one."""
    now = datetime.fromtimestamp(int(clock.now()), UTC)
    try:
        if asked.command == "list":
            _list(_read(file), now, say)
        elif asked.command == "revoke":
            with _changing(file) as clients:
                _revoke(clients, asked.id, now)
            say(f"{asked.id} is revoked; gateways that run follow within a second")
        else:
            with _changing(file) as clients:
                new = _mint(clients, asked, now)
            _show(new, asked.client, root, say)
    except CannotDo as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except BadClientsFile as error:
        sys.stderr.write("\n".join([f"{file} cannot be used:", *error.problems, ""]))
        return 1
    except OSError as error:
        sys.stderr.write(f"{file}: {error.strerror}\n")
        return 1
    return 0


def _mint(file: ClientsFile, asked: argparse.Namespace, now: datetime) -> keys.NewKey:
    client = file.client(asked.client)
    if client is None:
        if not asked.prefix:
            raise CannotDo(f"there is no client {asked.client}: give --prefix to make it")
        text = render(ClientsFile(clients=[_entry(asked.client, asked.prefix)]), is_yaml=False)
        client = parse(text, is_yaml=False).clients[0]  # checked as the file is: a bad name or prefix is told here
        file.clients.append(client)
    elif asked.prefix:
        raise CannotDo(f"client {asked.client} is there: its prefixes are changed in the file")
    valid = [key.id for key in client.keys if key.valid_at(now)]
    if len(valid) >= _VALID_AT_ONCE:
        raise CannotDo(f"client {asked.client} has two valid keys ({', '.join(valid)}): revoke one first")
    new = keys.new()
    expires = now + timedelta(days=asked.expires_days) if asked.expires_days else None
    client.keys.append(KeyEntry(id=new.id, hash=f"sha256:{new.digest.hex()}", created=now, expires=expires))
    return new


def _entry(name: str, prefixes: list[str]) -> ClientEntry:
    return ClientEntry.model_construct(name=name, prefixes=prefixes, keys=[])


def _revoke(file: ClientsFile, id: str, now: datetime) -> None:
    key = next((key for client in file.clients for key in client.keys if key.id == id), None)
    if key is None:
        raise CannotDo("there is no key with this id: see `keys list`")
    if key.revoked is not None:
        raise CannotDo(f"{id} is revoked already, since {key.revoked:%Y-%m-%d %H:%M} UTC")
    key.revoked = now


def _list(file: ClientsFile, now: datetime, say: Callable[[str], None]) -> None:
    for client in file.clients:
        say(
            f"{client.name}  prefixes {', '.join(client.prefixes)}  signing {client.signing}  rate {client.rate or '-'}"
        )
        for key in client.keys:
            state = "revoked" if key.revoked else "valid" if key.valid_at(now) else "expired"
            until = f"until {key.expires:%Y-%m-%d}" if key.expires else "no end"
            say(f"  {key.id}  {state}  made {key.created:%Y-%m-%d}  {until}")
    if not file.clients:
        say("no clients yet: keys mint --client NAME --prefix PREFIX")


def _show(new: keys.NewKey, client: str, root: bytes | None, say: Callable[[str], None]) -> None:
    say(f"A key for {client}. This is the only time it is shown:")
    say(f"STATE_API_KEY={new.text}")
    if root is None:
        say("No signing key: STATE_GATEWAY_SIGNING_ROOT is not set.")
    else:
        say(f"STATE_SIGNING_KEY={keys.signing_secret(root, new.id).decode()}")


def _read(file: Path) -> ClientsFile:
    return parse(file.read_text(encoding="utf-8"), is_yaml=is_yaml(file))


@contextmanager
def _changing(file: Path) -> Iterator[ClientsFile]:
    """The file's content, to be changed in place; written back whole when the block ends well.

    One at a time, by a lock beside it; readers see the old file or the new one, never half; only its owner may read it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with (file.parent / f".{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        clients = _read(file) if file.exists() else ClientsFile()
        yield clients
        _replace(file, render(clients, is_yaml=is_yaml(file)))


def _replace(file: Path, text: str) -> None:
    number, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # made with mode 0600
    try:
        with os.fdopen(number, "w", encoding="utf-8") as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= 3650:
        raise argparse.ArgumentTypeError("1 to 3650 days")
    return days
