"""`python -m state_gateway keys`: a key is shown once, kept as a digest, and ended by its id."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from state_gateway import keys_command
from state_gateway.security.clients_file import load, parse
from state_gateway.security.keys import digest, key_of, signing_secret
from tests.fakes.clock import EPOCH, FakeClock

_ROOT = b"r" * 32


class _Operator:
    def __init__(self, file: Path) -> None:
        self.file, self.clock, self.root = file, FakeClock(), _ROOT

    def says(self, *words: str, code: int = 0) -> list[str]:
        said: list[str] = []
        asked = keys_command.arguments().parse_args(["keys", *words])
        assert keys_command.run(asked, self.file, self.root, self.clock, said.append) == code
        return said

    def mints(self, *words: str) -> str:
        key = next(line for line in self.says("mint", *words) if line.startswith("STATE_API_KEY="))
        return key.partition("=")[2]


@pytest.fixture
def operator(tmp_path: Path) -> _Operator:
    return _Operator(tmp_path / "clients.json")


def test_a_key_from_its_making_to_its_end(operator: _Operator) -> None:
    """Two at once for rotation; the revoked one is out, the other stays."""
    old = operator.mints("--client", "worker", "--prefix", "calls", "--prefix", "flags:")
    new = operator.mints("--client", "worker", "--expires-days", "30")
    clients = load(operator.file, frozenset())
    for text in (old, new):
        assert key_of(clients, f"Bearer {text}", EPOCH).client.prefixes == (b"calls:", b"flags:")
    operator.says("revoke", old.split("_")[1])
    clients = load(operator.file, frozenset())
    assert clients.keys[old.split("_")[1]].revoked and not clients.keys[new.split("_")[1]].revoked
    assert clients.keys[new.split("_")[1]].expires == EPOCH + 30 * 86_400


def test_secrets_are_shown_once_and_kept_nowhere(operator: _Operator) -> None:
    """Neither the file nor the list has them; the file is its owner's, and no half-written one is left."""
    said = operator.says("mint", "--client", "worker", "--prefix", "calls")
    text, signing = (line.partition("=")[2] for line in said[1:])
    assert signing == signing_secret(_ROOT, text.split("_")[1]).decode()
    kept = operator.file.read_text() + "".join(operator.says("list"))
    assert text.split("_")[1] in kept
    assert text.split("_")[2] not in kept and signing not in kept and digest(text).hex() in kept
    assert operator.file.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in operator.file.parent.iterdir()} == {"clients.json", ".clients.json.lock"}


def test_the_list_tells_valid_expired_and_revoked(operator: _Operator) -> None:
    """What an operator needs to rotate: which key, since when, until when."""
    first = operator.mints("--client", "worker", "--prefix", "calls", "--expires-days", "1").split("_")[1]
    second = operator.mints("--client", "worker").split("_")[1]
    operator.says("revoke", second)
    operator.clock.advance(86_401)
    third = operator.mints("--client", "worker").split("_")[1]
    states = {line.split()[0]: line.split()[1] for line in operator.says("list")[1:]}
    assert states == {first: "expired", second: "revoked", third: "valid"}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["mint", "--client", "new"], "give --prefix"),
        (["mint", "--client", "worker", "--prefix", "more"], "changed in the file"),
        (["mint", "--client", "x", "--prefix", "a*"], "a prefix has letters"),
        (["mint", "--client", "../x", "--prefix", "a"], "clients.0.name"),
        (["revoke", "nobody"], "no key with this id"),
    ],
)
def test_what_cannot_be_done_is_said(
    operator: _Operator, capsys: pytest.CaptureFixture[str], words: list[str], reason: str
) -> None:
    """Exit code 1, the reason on standard error, the file as it was."""
    operator.mints("--client", "worker", "--prefix", "calls")
    before = operator.file.read_text()
    operator.says(*words, code=1)
    assert reason in capsys.readouterr().err and operator.file.read_text() == before


def test_a_third_key_and_a_second_end_are_refused(operator: _Operator, capsys: pytest.CaptureFixture[str]) -> None:
    """Two at once are for rotation: a forgotten third would be valid for ever."""
    id = operator.mints("--client", "worker", "--prefix", "calls").split("_")[1]
    operator.mints("--client", "worker")
    operator.says("mint", "--client", "worker", code=1)
    assert "two valid keys" in capsys.readouterr().err
    operator.says("revoke", id)
    operator.says("revoke", id, code=1)
    assert "revoked already" in capsys.readouterr().err
    operator.mints("--client", "worker")


def test_a_broken_file_is_not_written_over(operator: _Operator, capsys: pytest.CaptureFixture[str]) -> None:
    """What people wrote there is not lost to a typing mistake."""
    operator.file.write_text('{"clients": [')
    operator.says("mint", "--client", "worker", "--prefix", "calls", code=1)
    assert "this is no JSON" in capsys.readouterr().err and operator.file.read_text() == '{"clients": ['


def test_without_a_root_there_is_no_signing_key(operator: _Operator) -> None:
    """And it says what is missing."""
    operator.root = None  # type: ignore[assignment]
    said = operator.says("mint", "--client", "worker", "--prefix", "calls")
    assert "STATE_GATEWAY_SIGNING_ROOT" in said[-1] and not any("STATE_SIGNING_KEY" in line for line in said)


def test_it_is_a_command(tmp_path: Path) -> None:
    """From the environment; several at the same time each find what the others wrote; words it does not know are 2."""
    file = tmp_path / "clients.yaml"
    environment = {"PATH": os.defpath, "STATE_GATEWAY_KEYS_FILE": str(file)}
    command = [sys.executable, "-m", "state_gateway", "keys"]
    running = [
        subprocess.Popen(
            [*command, "mint", "--client", name, "--prefix", name], env=environment, stdout=subprocess.DEVNULL
        )
        for name in ("one", "two", "three")
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert {client.name for client in parse(file.read_text(), is_yaml=True).clients} == {"one", "two", "three"}
    bad = subprocess.run([*command, "forge"], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert bad.returncode == 2 and "forge" in bad.stderr
    assert json.dumps(file.read_text()).count("sha256:") == 3
