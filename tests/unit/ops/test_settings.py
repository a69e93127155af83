"""Settings: an operator sees every mistake at once, and never a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from ops.settings import BadSettings, Settings, exit_on_bad_settings, load, variables

_SECRET = "hunter2hunter2"  # noqa: S105 - a test's own


class Livekit(Settings):
    model_config = SettingsConfigDict(env_prefix="LIVEKIT_")
    url: str = Field(description="where the LiveKit server is, ws:// or wss://")
    api_key: str
    api_secret: SecretStr


class Logs(Settings):
    log_format: Literal["json", "console"] = "console"
    log_pii: bool = False
    port: int = Field(9100, validation_alias="METRICS_PORT")
    state_key: SecretStr | None = Field(None, validation_alias="STATE_API_KEY", min_length=20)


MODELS: dict[str, type[BaseSettings]] = {"livekit": Livekit, "logs": Logs}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for model in MODELS.values():
        for name in variables(model):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(f"{name}_FILE", raising=False)
    return monkeypatch


def _good(environment: pytest.MonkeyPatch) -> None:
    for name, value in {"URL": "ws://127.0.0.1:7880", "API_KEY": "devkey", "API_SECRET": _SECRET}.items():
        environment.setenv(f"LIVEKIT_{name}", value)


def test_all_mistakes_of_all_models_at_once(environment: pytest.MonkeyPatch) -> None:
    """One start shows all there is to correct, each by the variable's name."""
    environment.setenv("LIVEKIT_API_KEY", "")
    for name, value in {"LOG_FORMAT": "xml", "LOG_PII": "1", "METRICS_PORT": "many", "STATE_API_KEY": "short!"}.items():
        environment.setenv(name, value)
    with pytest.raises(BadSettings) as caught:
        load(MODELS)
    said = {problem.split(" ")[0].rstrip(":"): problem for problem in caught.value.problems}
    assert list(said) == [
        "LIVEKIT_URL",
        "LIVEKIT_API_KEY",
        "LIVEKIT_API_SECRET",
        "LOG_FORMAT",
        "LOG_PII",
        "METRICS_PORT",
        "STATE_API_KEY",
    ]
    assert said["LIVEKIT_URL"].endswith("is not set: where the LiveKit server is, ws:// or wss://")
    assert said["LOG_PII"] == "LOG_PII: say true or false, not '1'"
    assert "short!" not in str(caught.value)


def test_good_settings(environment: pytest.MonkeyPatch) -> None:
    """Empty means unset, booleans may be written in any case, and secrets do not show."""
    _good(environment)
    environment.setenv("METRICS_PORT", "")
    environment.setenv("LOG_PII", "True")
    loaded = load(MODELS)
    assert (loaded["logs"].port, loaded["logs"].log_pii) == (9100, True)
    assert loaded["livekit"].api_secret.get_secret_value() == _SECRET
    assert _SECRET not in repr(loaded)


def test_secret_from_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Kubernetes mounts secrets as files, most of which end in a newline."""
    _good(environment)
    environment.delenv("LIVEKIT_API_SECRET")
    (tmp_path / "secret").write_text(f"{_SECRET}\n")
    environment.setenv("LIVEKIT_API_SECRET_FILE", str(tmp_path / "secret"))
    assert load(MODELS)["livekit"].api_secret.get_secret_value() == _SECRET


@pytest.mark.parametrize(("content", "words"), [(None, "cannot read"), ("", "is empty"), ("both", "both set")])
def test_bad_secret_file(environment: pytest.MonkeyPatch, tmp_path: Path, content: str | None, words: str) -> None:
    """A missing or empty file, or two sources for one secret, is said so and not guessed at."""
    _good(environment)
    if content != "both":
        environment.delenv("LIVEKIT_API_SECRET")
    if content is not None:
        (tmp_path / "secret").write_text(content)
    environment.setenv("LIVEKIT_API_SECRET_FILE", str(tmp_path / "secret"))
    with pytest.raises(BadSettings) as caught:
        load(MODELS)
    [problem] = caught.value.problems
    assert "LIVEKIT_API_SECRET_FILE" in problem
    assert words in problem


def test_exit_prints_a_numbered_list(capsys: pytest.CaptureFixture[str]) -> None:
    """The operator's screen: what is wrong, numbered, no traceback, exit code 2."""

    class WrongYaml(Exception):
        pass

    for error in (BadSettings(["A is not set", "B: no"]), WrongYaml("line 3")):
        with pytest.raises(SystemExit) as caught, exit_on_bad_settings(WrongYaml):
            raise error
        assert caught.value.code == 2
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "Cannot start: 2 mistakes in the settings.",
        "1. A is not set",
        "2. B: no",
        "Cannot start: a mistake in the settings.",
        "1. line 3",
    ]


def test_values_with_credentials_are_not_shown(environment: pytest.MonkeyPatch) -> None:
    """A URL with a password in it, put in the wrong variable, does not appear on the screen."""
    _good(environment)
    environment.setenv("METRICS_PORT", f"redis://me:{_SECRET}@store/0")
    with pytest.raises(BadSettings) as caught:
        load(MODELS)
    assert _SECRET not in str(caught.value)
