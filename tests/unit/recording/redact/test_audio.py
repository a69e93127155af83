"""The sound of what was taken out of the transcript is not in the copy, and everything else is, in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from recording.measure import levels as reading
from recording.measure.activity import Span
from recording.measure.figures import measure
from recording.measure.levels import NotMeasurable
from recording.redact.audio import muted
from tests.support.stereo import ogg, side


def test_nobody_is_heard_in_a_muted_stretch_and_the_rest_stays_in_place(tmp_path: Path) -> None:
    """Two turns, the second muted: on both channels, for an echo of the one is on the other."""
    source = ogg(tmp_path / "a.ogg", side(12, [(1, 3), (8.5, 10)]), side(12, [(4, 6), (7, 8), (8.8, 9.2)]))
    target = tmp_path / "b.ogg"
    assert muted(source, target, [Span(6.9, 10.1)]) == pytest.approx(3.2, abs=0.01)
    levels = reading.read(target)
    found = measure(levels)
    assert [(span.start_s, span.end_s) for span in found.agent] == [pytest.approx((1, 3), abs=0.02)]
    assert [(span.start_s, span.end_s) for span in found.caller] == [pytest.approx((4, 6), abs=0.02)]
    frames = slice(round(7.0 / reading.FRAME_S), round(10.0 / reading.FRAME_S))
    assert levels.agent.peak[frames].max() < -70
    assert levels.caller.peak[frames].max() < -70
    assert found.duration_s == pytest.approx(12, abs=0.05)


def test_what_is_no_recording_leaves_an_error(tmp_path: Path) -> None:
    """A copy that is nothing must not pass for a redacted one."""
    (tmp_path / "a.ogg").write_bytes(b"no sound" * 50)
    with pytest.raises(NotMeasurable):
        muted(tmp_path / "a.ogg", tmp_path / "b.ogg", [])
