"""The measure by which `make faults` says that no word was lost (tests/support/recording_heard.py): it sees one that
was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.recording_heard import compare
from tests.support.stereo import ogg, side

# A greeting in three sentences, the last of them after the notice; a question; an answer of 3.4 s.
AGENT = [(1.0, 4.0), (4.3, 6.0), (6.3, 7.4), (12.0, 15.4)]
CALLER = [(9.0, 11.0)]
BEGAN_AT = 1_790_000_000.0
NOTICE_S = 6.0
LENGTH_S = 17.0


def _cut(spans: list[tuple[float, float]], since_s: float, until_s: float) -> list[tuple[float, float]]:
    kept = [(max(start, since_s) - since_s, min(end, until_s) - since_s) for start, end in spans]
    return [span for span in kept if span[1] > span[0] > -1]


def _file(folder: Path, since_s: float = 6.2, until_s: float = LENGTH_S) -> tuple[float, bytes]:
    length_s = until_s - since_s
    agent, caller = (side(length_s, _cut(spans, since_s, until_s)) for spans in (AGENT, CALLER))
    return BEGAN_AT + since_s, ogg(folder / f"{since_s}.ogg", agent, caller).read_bytes()


@pytest.fixture
def heard(tmp_path: Path) -> Path:
    return ogg(tmp_path / "heard.ogg", side(LENGTH_S, AGENT), side(LENGTH_S, CALLER))


def test_a_whole_recording_lacks_nothing(heard: Path, tmp_path: Path) -> None:
    """And its beginning is known to some hundredths of a second."""
    file = _file(tmp_path)
    found = compare(heard, [file], file[1])
    assert (found.lost, found.disturbed) == (0.0, False)
    assert found.gap == pytest.approx(6.2 - NOTICE_S, abs=0.05)


def test_two_files_that_follow_each_other_are_one_recording(heard: Path, tmp_path: Path) -> None:
    """Nothing counts twice where they overlap, and nothing is missed between them."""
    found = compare(heard, [_file(tmp_path, 6.2, 12.5), _file(tmp_path, 11.5, LENGTH_S)])
    assert found.lost == 0.0


@pytest.mark.parametrize(("since_s", "until_s"), [(6.2, 13.5), (10.2, LENGTH_S), (6.2, 10.0)])
def test_words_that_are_missing_are_seen(since_s: float, until_s: float, heard: Path, tmp_path: Path) -> None:
    """The answer's end, the question's beginning, all from the middle on."""
    assert compare(heard, [_file(tmp_path, since_s, until_s)]).lost > 0.3


def test_no_file_or_none_that_can_be_read_is_all_lost(heard: Path) -> None:
    """5.4 s were said, of which two measurements may differ by some tenths."""
    assert compare(heard, []).lost > 4.0
    assert compare(heard, [(BEGAN_AT, b"no sound")]).lost > 4.0


@pytest.mark.parametrize("answer", [[], [(16.0, 19.4)], [(12.0, 13.0)]])
def test_a_call_that_was_none_is_told_apart(answer: list[tuple[float, float]], tmp_path: Path) -> None:
    """No answer, a late one, or a piece of one: what the line lost is not the recording's loss."""
    path = ogg(tmp_path / "heard.ogg", side(20.0, [*AGENT[:3], *answer]), side(20.0, CALLER))
    assert compare(path, []).disturbed
