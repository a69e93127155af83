"""A recording is fetched and measured in a process of its own; what goes wrong there is a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from control.recordings.measuring import Measuring, NotMeasured
from tests.fakes.bucket import FakeBucket
from tests.support.stereo import ogg, side

FIRST, SECOND = "r/2026/09/21/clinic/c1.ogg", "r/2026/09/21/clinic/c1-2.ogg"


async def test_a_call_of_two_files_has_one_set_of_figures(tmp_path: Path) -> None:
    """Its recording was paused: waits of both files count, and each file has its drawing."""
    bucket = FakeBucket()
    bucket.put(FIRST, ogg(tmp_path / "1.ogg", side(6, [(2.5, 4.0)]), side(6, [(0.5, 2.0)])).read_bytes())
    bucket.put(SECOND, ogg(tmp_path / "2.ogg", side(6, [(3.0, 4.0)]), side(6, [(0.5, 2.0)])).read_bytes())
    found = await Measuring(bucket).measure([FIRST, SECOND], "c1")
    assert found.figures["answers"] == 2.0
    assert found.figures["voice_to_voice_max_s"] == pytest.approx(1.0, abs=0.02)
    assert list(found.by_file) == [FIRST, SECOND]
    assert b"c1 (2)" in found.plots[SECOND]


async def test_what_cannot_be_measured_says_why(tmp_path: Path) -> None:
    """Somebody's own upload under a call's name, or a file cut off in its header."""
    bucket = FakeBucket()
    bucket.put(FIRST, b"<html>no sound</html>" * 100)
    with pytest.raises(NotMeasured, match="it cannot be decoded"):
        await Measuring(bucket).measure([FIRST], "c1")
