"""The command line, as a person types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.caller.called import SILENT, SPEAKING
from local.caller.options import CONVERSATION, ROLES, parse


def test_without_lines_it_holds_the_clinics_conversation() -> None:
    assert parse([]).lines == CONVERSATION


def test_lines_and_files_keep_their_order() -> None:
    """A conversation is a sequence: the file between two lines stays there."""
    given = parse(["--say", "Hello.", "--wav", "a.wav", "b.wav", "--say", "Bye."])
    assert given.lines == ("Hello.", Path("a.wav"), Path("b.wav"), "Bye.")


def test_keys_alone_say_nothing() -> None:
    given = parse(["--dtmf", "12#"])
    assert (given.lines, given.dtmf) == ((), "12#")


def test_from_is_the_callers_own_number() -> None:
    given = parse(["--from", "+15550123", "--number", "+15550100", "--hangup-after", "2.5", "--web"])
    assert (given.caller, given.number, given.hangup_after_s, given.web) == ("+15550123", "+15550100", 2.5, True)


@pytest.mark.parametrize("wrong", ["0", "51", "many"])
def test_absurd_numbers_of_calls_are_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--concurrency", wrong])
    assert ended.value.code == 2
    assert "--concurrency" in capsys.readouterr().err


def test_to_be_called_one_says_who_is_there() -> None:
    given = parse(
        ["--outbound", "--as", "voicemail", "--number", "+12125550123", "--data", "name=Alice", "day=Friday=1"]
    )
    assert given.outbound is not None
    assert (given.number, given.outbound.role, given.outbound.line) == ("+12125550123", "voicemail", "clinic")
    assert given.outbound.data == (("name", "Alice"), ("day", "Friday=1"))
    assert parse([]).outbound is None


@pytest.mark.parametrize(
    "wrong", [["--outbound", "--web"], ["--outbound", "--concurrency", "2"], ["--outbound", "--data", "x"]]
)
def test_an_outbound_call_is_one_to_a_telephone(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(wrong)
    assert "--" in capsys.readouterr().err


def test_every_role_is_somebody() -> None:
    """What the command line offers is what can be played, and nothing else."""
    assert set(ROLES) == {*SPEAKING, *SILENT}
