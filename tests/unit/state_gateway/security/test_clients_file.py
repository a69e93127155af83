"""The clients file: what is in it, and that a mistake in it opens nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from state_gateway.security import clients_file, keys
from state_gateway.security.clients import Rate
from state_gateway.security.commands import DEFAULT, KEYS_OF

_KEY = keys.new()
_ENTRY = {"id": _KEY.id, "hash": f"sha256:{_KEY.digest.hex()}", "created": "2026-11-21T10:00:00Z"}


def _file(**client: Any) -> str:
    return json.dumps({"clients": [{"name": "worker", "prefixes": ["switchboard"], "keys": [_ENTRY]} | client]})


def _problems(text: str) -> str:
    with pytest.raises(clients_file.BadClientsFile) as bad:
        clients_file.parse(text, is_yaml=False)
    return "; ".join(bad.value.problems)


def test_a_client_with_its_defaults() -> None:
    """A name, a prefix and a key are enough; what may be done is then what a call store needs."""
    clients = clients_file.compile_clients(clients_file.parse(_file(), is_yaml=False), frozenset([b"ab"]))
    client = clients.keys[_KEY.id].client
    assert client.prefixes == (b"switchboard:",) and client.commands == DEFAULT and client.scripts == {b"ab"}
    assert client.objects_read == client.objects_write == () and client.rate is None


def test_a_client_with_everything() -> None:
    """Words of the file become what is asked in the hot path."""
    text = _file(
        prefixes=["a", "b:c:"],
        commands=["default", "getex"],
        scripts=["0" * 40],
        networks=["10.0.0.0/8", "::1/128"],
        rate="5000/10 seconds",
        objects_read=[""],
        objects_write=["recordings"],
        signing="required",
    )
    client = clients_file.compile_clients(clients_file.parse(text, is_yaml=False), frozenset()).keys[_KEY.id].client
    assert client.prefixes == (b"a:", b"b:c:") and client.commands == DEFAULT | {b"GETEX"}
    assert client.rate == Rate(5000, 10) and client.objects_write == ("recordings/",) and client.objects_read == ("",)
    all_of_them = clients_file.parse(_file(commands=["all"]), is_yaml=False)
    assert clients_file.compile_clients(all_of_them, frozenset()).keys[_KEY.id].client.commands == KEYS_OF.keys()


@pytest.mark.parametrize(
    "wrong",
    [
        {"prefixes": []},
        {"prefixes": [""]},
        {"prefixes": ["*"]},
        {"prefixes": ["state-gateway"]},
        {"prefixes": ["state-gateway:nonce"]},
        {"commands": ["FLUSHALL"]},
        {"networks": ["10.0.0.1/8"]},
        {"rate": "fast"},
        {"rate": "0/second"},
        {"signing": "maybe"},
        {"objects_write": ["../x"]},
        {"prefixs": ["x"]},
        {"keys": [_ENTRY, _ENTRY]},
        {"keys": [_ENTRY | {"created": "2026-11-21T10:00:00"}]},
        {"scripts": ["ABC"]},
    ],
)
def test_a_mistake_is_named_and_nothing_is_used(wrong: dict[str, Any]) -> None:
    """A misspelt word must not widen what a client may do."""
    assert _problems(_file(**wrong))


def test_a_mistake_in_a_digest_does_not_show_it() -> None:
    """What stands there by mistake may be the key itself."""
    assert _KEY.text not in _problems(_file(keys=[_ENTRY | {"hash": _KEY.text}]))


def test_it_may_be_yaml(tmp_path: Path) -> None:
    """People write YAML; both say the same."""
    file = clients_file.parse(_file(), is_yaml=False)
    again = clients_file.parse(clients_file.render(file, is_yaml=True), is_yaml=True)
    assert again == file == clients_file.parse(clients_file.render(file, is_yaml=False), is_yaml=False)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"clients": 3}', "nul"])
def test_what_is_no_clients_file(text: str) -> None:
    """Told as a sentence, whatever it is."""
    assert _problems(text)


def test_every_script_of_the_folder_is_known_by_its_digest(tmp_path: Path) -> None:
    """SHA-1 of the file's bytes, as Redis computes it."""
    (tmp_path / "one.lua").write_bytes(b"return 1")
    (tmp_path / "notes.txt").write_bytes(b"return 2")
    assert clients_file.scripts_of(tmp_path) == {b"e0e1f9fabfc9d4800c877a703b823ac0578ff8db"}
    assert clients_file.scripts_of(tmp_path / "absent") == frozenset()


def test_scripts_of_earlier_releases_stay_allowed(tmp_path: Path) -> None:
    """Their digests are listed beside the scripts; a line that is none stops the start, and opens nothing."""
    (tmp_path / "one.lua").write_bytes(b"return 1")
    listed = tmp_path / "released.sha1"
    listed.write_text(f"# a note\n\n{'ab' * 20}  one.lua\n")
    assert clients_file.scripts_of(tmp_path) == {b"e0e1f9fabfc9d4800c877a703b823ac0578ff8db", b"ab" * 20}
    for wrong in ("AB" * 20, "ab", "*"):
        listed.write_text(f"{wrong}  one.lua\n")
        with pytest.raises(clients_file.BadClientsFile, match="no SHA-1"):
            clients_file.scripts_of(tmp_path)
