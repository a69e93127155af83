"""The server that runs here is the version we ship against, and sends nothing off the machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local import livekit_server
from local.ports import Ports


def test_every_address_is_loopback() -> None:
    """Without stun_servers the server tells its clients to ask Google's and Twilio's."""
    config = livekit_server.config(Ports(), "key", "secret", webhooks=False)
    assert config["bind_addresses"] == ["127.0.0.1"]
    assert config["rtc"]["use_external_ip"] is False
    assert config["rtc"]["stun_servers"] == ["127.0.0.1:7882"]
    assert config["redis"] == {"address": "127.0.0.1:7379"}


def test_the_server_takes_its_configuration_from_its_environment() -> None:
    environment = livekit_server.environment(Ports(), "key", "secret", webhooks=False)
    assert json.loads(environment["LIVEKIT_CONFIG"])["keys"] == {"key": "secret"}


@pytest.mark.parametrize(
    ("says", "version"),
    [("echo livekit-server version 1.13.5", "1.13.5"), ("echo hello", None), ("exit 3", None)],
)
def test_a_server_is_asked_for_its_version(tmp_path: Path, says: str, version: str | None) -> None:
    program = tmp_path / "livekit-server"
    program.write_text(f"#!/bin/sh\n{says}\n")
    program.chmod(0o755)
    assert livekit_server.version(str(program)) == version


def test_another_version_on_the_path_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Homebrew has the newest one: what we promise was seen with ours."""
    program = tmp_path / "livekit-server"
    program.write_text("#!/bin/sh\necho livekit-server version 1.9.0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(livekit_server, "BIN", tmp_path / "bin")
    assert livekit_server.found() is None
    program.write_text(f"#!/bin/sh\necho livekit-server version {livekit_server.VERSION}\n")
    assert livekit_server.found() == str(program)
