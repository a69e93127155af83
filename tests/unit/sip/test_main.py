"""`python -m sip`: what stops a command is status 1, for 2 is `plan`'s own word."""

from __future__ import annotations

import pytest

from ops.commands import found
from sip import commands
from sip.__main__ import main


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert {"plan", "apply", "destroy"} <= found(commands).keys()
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert all(name in told and command.HELP for name, command in found(commands).items())


@pytest.mark.parametrize("arguments", [[], ["bogus"], ["plan", "--bogus"], ["apply", "--only", "bogus"]])
def test_a_wrong_command_line_is_status_1(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_missing_settings_are_status_1_and_all_told(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        monkeypatch.delenv(name, raising=False)
    assert main([command]) == 1
    told = capsys.readouterr().err
    assert all(name in told for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"))


def test_destroy_asks_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Before it even looks at the settings."""
    assert main(["destroy"]) == 1
    assert "--yes" in capsys.readouterr().err
