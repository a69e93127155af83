"""A file of consents is kept whole or not at all, and what is wrong in it is told by its line."""

from __future__ import annotations

import pytest

from calls.permits import Consent
from sip.outbound.sheet import number_of, read, time_of
from tests.support.outbound import CALLEE, NOON

HEAD = "number,purpose,how,given_at"


def test_every_column_is_read() -> None:
    """As spreadsheets write it: spaces in numbers, quotation marks, empty cells."""
    sheet = read(
        [
            "Number, purpose,how,given_at,expires_at,who",
            '+44 20 7946 0123,reminders,"web form, 14 May",2026-05-14T09:30:00Z,2027-05-14,Zoë',
            "+442079460124,*,letter,2026-05-14,,",
        ],
        NOON,
    )
    assert sheet.problems == []
    assert sheet.consents == [
        Consent(CALLEE, "reminders", "web form, 14 May", 1_778_751_000.0, 1_810_252_800.0, "Zoë"),
        Consent("+442079460124", "*", "letter", 1_778_716_800.0),
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        *(("020 7946 0123,x,y,2026-05-14", "number"), ("+44,x,y,2026-05-14", "number"), (",x,y,2026-05-14", "number")),
        *(("+442079460123,,y,2026-05-14", "purpose"), ("+442079460123,x,,2026-05-14", "how is missing")),
        *(("+442079460123,x,y,14.5.2026", "given_at"), ("+442079460123,x,y,2027-01-01", "not given yet")),
        *(("+442079460123,x,y", "given_at is missing"), ("+442079460123,x,y,2026-05-14,,more", "too many")),
        (f"+442079460123,{'x' * 201},y,2026-05-14", "too long"),
    ],
)
def test_what_is_wrong_is_told_by_its_line_without_what_it_says(row: str, words: str) -> None:
    """A list of problems may be sent about; a list of customers may not."""
    sheet = read([HEAD, "+442079460124,x,y,2026-05-14", row], NOON)
    (problem,) = sheet.problems
    assert problem.startswith("line 3: ")
    assert words in problem
    assert "7946" not in problem


@pytest.mark.parametrize("head", ["", "phone,purpose,how,given_at", f"{HEAD},colour", "number;purpose;how;given_at"])
def test_a_file_with_other_columns_is_refused(head: str) -> None:
    sheet = read([head, "+442079460124,x,y,2026-05-14"], NOON)
    assert "columns" in sheet.problems[0]
    assert not sheet.consents


def test_of_many_mistakes_the_first_are_told() -> None:
    assert len(read([HEAD, *["nonsense,x,y,z"] * 100], NOON).problems) == 21


def test_a_consent_that_ends_before_it_begins() -> None:
    sheet = read([f"{HEAD},expires_at", "+442079460123,x,y,2026-05-14,2026-05-14"], NOON)
    assert "expires_at" in sheet.problems[0]


@pytest.mark.parametrize("text", ["+442079460123", "+44 20 7946-0123", " +44 (0) 20 7946 0123 ", "+4402079460123"])
def test_one_number_is_one_entry_however_it_is_written(text: str) -> None:
    """An opt-out under another spelling would be an opt-out for nobody."""
    assert number_of(text) == CALLEE


@pytest.mark.parametrize("text", ["", "020 7946 0123", "anonymous", "+0123456789", "+44", "+٤٤٢٠٧٩٤٦٠١٢٣", "sip:x@y"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="country code"):
        number_of(text)


def test_times() -> None:
    """A date is its beginning; what names no zone is UTC."""
    assert time_of("2026-09-22T12:00:00Z") == time_of("2026-09-22T13:00:00+01:00") == NOON
    assert time_of("2026-09-22T12:00:00") == NOON
    assert time_of("2026-09-22") == NOON - 12 * 3600.0
    with pytest.raises(ValueError, match="not a time"):
        time_of("tomorrow")
