"""Secrets by reference: where they are is in callcenter.yaml, and nowhere is what they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.telephony import Login, SecretRef
from ops.settings import BadSettings
from sip.settings import credentials, secret


def test_a_secret_is_read_from_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNK_USER", " user\n")
    (tmp_path / "password").write_text("hunter2\n")
    found = credentials(Login(SecretRef(env="TRUNK_USER"), SecretRef(file=str(tmp_path / "password"))))
    assert (found.name, found.secret) == ("user", "hunter2")
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize("value", ["", "  "])
def test_a_variable_that_is_not_set_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNK_PASSWORD", value)
    with pytest.raises(BadSettings, match="TRUNK_PASSWORD is not set"):
        secret(SecretRef(env="TRUNK_PASSWORD"))


@pytest.mark.parametrize(("content", "words"), [(None, "No such file"), (b"", "is empty"), (b"\xff\xfe", "not text")])
def test_a_file_that_has_no_secret_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadSettings, match=words) as told:
        secret(SecretRef(file=str(path)))
    assert str(path) in str(told.value)


def test_a_secret_of_several_lines_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would go into a SIP header, or be a whole key file by mistake."""
    monkeypatch.setenv("TRUNK_PASSWORD", "hunter2\r\nX-Evil: 1")
    with pytest.raises(BadSettings, match="TRUNK_PASSWORD") as told:
        secret(SecretRef(env="TRUNK_PASSWORD"))
    assert "hunter2" not in str(told.value)


def test_everything_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(BadSettings) as told:
        credentials(Login(SecretRef(env="NO_SUCH_USER"), SecretRef(env="NO_SUCH_PASSWORD")))
    assert len(told.value.problems) == 2
