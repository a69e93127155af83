"""The environment of the speech server."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.settings import BadSettings
from tts_server import settings


def test_nothing_set_is_a_server_for_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key it listens on loopback: who opens it to a network says so."""
    for name in ("HOST", "PORT", "API_KEY", "ENGINES"):
        monkeypatch.delenv(f"TTS_SERVER_{name}", raising=False)
    read = settings.read()
    assert (read.server.host, read.server.port, read.server.api_key) == ("127.0.0.1", 8200, None)
    assert read.engines.names == ("flite", "espeak")
    assert read.limits.max_concurrent == 16


def test_engines_are_a_list_of_known_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTS_SERVER_ENGINES", " espeak, flite,espeak ")
    assert settings.read().engines.names == ("espeak", "flite")
    monkeypatch.setenv("TTS_SERVER_ENGINES", "espeek")
    with pytest.raises(BadSettings, match="choose from flite, espeak"):
        settings.read()


def test_every_mistake_is_in_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTS_SERVER_PORT", "70000")
    monkeypatch.setenv("TTS_SERVER_SEND_S", "0")
    monkeypatch.setenv("LOG_PII", "yes")
    with pytest.raises(BadSettings) as bad:
        settings.read()
    assert [problem.split(":")[0] for problem in bad.value.problems] == [
        "TTS_SERVER_PORT",
        "TTS_SERVER_SEND_S",
        "LOG_PII",
    ]


def test_the_key_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k3y\n")
    monkeypatch.setenv("TTS_SERVER_API_KEY_FILE", str(tmp_path / "key"))
    server = settings.read().server
    assert server.api_key is not None
    assert server.api_key.get_secret_value() == "k3y"
    assert "k3y" not in repr(server)
