"""What is measured from a recording is what is in it: fixtures with known gaps, through the real codec."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path
from xml.etree import ElementTree

import av
import numpy as np
import pytest

from recording.measure import levels as reading
from recording.measure.figures import Figures, measure, summary
from recording.measure.levels import NotMeasurable
from recording.measure.plot import svg
from recording.measure.told import told, understood
from tests.support.stereo import RATE, Sound, ogg, side

NEAR_S = 0.02  # the demand: within 20 ms of the truth


def figures(tmp_path: Path, agent: Sound, caller: Sound) -> Figures:
    return measure(reading.read(ogg(tmp_path / "call.ogg", agent, caller)))


@pytest.mark.parametrize("noise_dbfs", [None, -65.0, -50.0], ids=["silent line", "quiet line", "noisy line"])
def test_waits_are_within_20_ms_of_the_truth(tmp_path: Path, noise_dbfs: float | None) -> None:
    """Caller silent -> agent heard, also where the line itself makes noise."""
    truth = [0.31, 0.705, 1.2, 2.487, 0.12]
    asked, agent, caller = 3.0, [(0.5, 2.5)], []
    for wait in truth:
        caller.append((asked, asked + 1.5))
        agent.append((asked + 1.5 + wait, asked + 3.5 + wait))
        asked += 5.0 + wait
    found = figures(tmp_path, side(asked, agent, noise_dbfs), side(asked, caller, noise_dbfs))
    assert [answer.voice_to_voice_s for answer in found.answers] == pytest.approx(truth, abs=NEAR_S)
    assert [answer.heard_s for answer in found.answers] == pytest.approx([start for start, _ in agent[1:]], abs=NEAR_S)
    assert found.duration_s == pytest.approx(asked, abs=NEAR_S)
    assert not found.interruptions


def test_a_greeting_answers_nobody(tmp_path: Path) -> None:
    """What the agent says before the caller said anything is no wait."""
    assert figures(tmp_path, side(4, [(0.5, 2.0), (2.6, 3.5)]), side(4, [])).answers == ()


def test_an_answer_in_two_sentences_is_one_wait(tmp_path: Path) -> None:
    """The agent's own pause between sentences is not the caller's wait."""
    found = figures(tmp_path, side(8, [(2.5, 3.5), (4.2, 6.0)]), side(8, [(0.5, 2.0)]))
    assert [answer.voice_to_voice_s for answer in found.answers] == pytest.approx([0.5], abs=NEAR_S)


def test_speaking_over_the_agent_is_an_interruption_and_not_an_answer(tmp_path: Path) -> None:
    """The agent is silent 0.4 s after the caller began to speak over it, and then answers."""
    found = figures(tmp_path, side(10, [(1.0, 3.4), (5.0, 6.0)]), side(10, [(3.0, 4.2)]))
    (cut,) = found.interruptions
    assert (cut.at_s, cut.silent_after_s) == pytest.approx((3.0, 0.4), abs=NEAR_S)
    assert [answer.voice_to_voice_s for answer in found.answers] == pytest.approx([0.8], abs=NEAR_S)


def test_dead_air_is_where_nobody_speaks_for_more_than_two_seconds(tmp_path: Path) -> None:
    """1.9 s are a pause, 3 s are a line that seems to have gone; before the first and after the last word is none."""
    found = figures(tmp_path, side(20, [(3.0, 4.0), (9.9, 11.0)]), side(20, [(5.9, 6.9)]))
    (dead,) = found.dead_air
    assert (dead.start_s, dead.end_s) == pytest.approx((6.9, 9.9), abs=NEAR_S)


def test_talk_is_told_by_side(tmp_path: Path) -> None:
    """The two channels are never mixed up: left is the agent."""
    found = figures(tmp_path, side(10, [(1.0, 4.0)]), side(10, [(5.0, 6.0)]))
    assert found.agent_talk_s == pytest.approx(3.0, abs=0.1)
    assert found.caller_talk_s == pytest.approx(1.0, abs=0.1)
    assert summary([found])["agent_talk_ratio"] == pytest.approx(0.75, abs=0.02)


def test_the_figures_of_a_call_are_those_of_all_its_files(tmp_path: Path) -> None:
    """A pause makes two files of one call."""
    first = figures(tmp_path, side(6, [(2.5, 4.0)]), side(6, [(0.5, 2.0)]))
    second = figures(tmp_path, side(6, [(3.0, 4.0)]), side(6, [(0.5, 2.0)]))
    whole = summary([first, second])
    assert whole["answers"] == 2.0
    assert whole["voice_to_voice_p50_s"] == pytest.approx(0.5, abs=NEAR_S)
    assert whole["voice_to_voice_max_s"] == pytest.approx(1.0, abs=NEAR_S)
    assert whole["recorded_s"] == pytest.approx(12.0, abs=0.1)


def test_clicks_are_no_voice(tmp_path: Path) -> None:
    """A click between question and answer does not shorten the wait."""
    caller = side(6, [(0.5, 2.0)])
    caller[round(2.4 * RATE) :][:200] = np.random.default_rng(3).normal(0, 0.2, 200)  # 4 ms
    found = figures(tmp_path, side(6, [(3.0, 4.0)]), caller)
    assert [answer.voice_to_voice_s for answer in found.answers] == pytest.approx([1.0], abs=NEAR_S)


@pytest.mark.parametrize("noise_dbfs", [None, -60.0], ids=["digital silence", "noise only"])
def test_a_call_without_any_speech_has_no_figures_to_make_up(tmp_path: Path, noise_dbfs: float | None) -> None:
    """Nobody said anything: no waits, no dead air, and no p50 of nothing."""
    found = figures(tmp_path, side(5, [], noise_dbfs), side(5, [], noise_dbfs))
    assert (found.answers, found.dead_air, found.agent) == ((), (), ())
    assert "voice_to_voice_p50_s" not in summary([found])
    assert summary([]) == {}


def test_a_short_call_is_measured(tmp_path: Path) -> None:
    """A call of one second has a file too."""
    assert figures(tmp_path, side(1.0, [(0.2, 0.8)]), side(1.0, [])).agent_talk_s == pytest.approx(0.6, abs=0.05)


def test_what_is_no_recording_is_said_to_be_none(tmp_path: Path) -> None:
    """Empty, cut off in its header, something else, one channel: an error that says which, never a crash."""
    whole = ogg(tmp_path / "whole.ogg", side(2, [(0.5, 1.5)]), side(2, [])).read_bytes()
    broken = tmp_path / "broken.ogg"
    for content in (b"", whole[:40], b"<html>" * 100):
        broken.write_bytes(content)
        with pytest.raises(NotMeasurable):
            reading.read(broken)


def test_a_file_that_ends_early_is_measured_as_far_as_it_goes(tmp_path: Path) -> None:
    """An egress that died in mid-page leaves what it had written."""
    whole = ogg(tmp_path / "whole.ogg", side(10, [(0.5, 9.5)]), side(10, [])).read_bytes()
    cut = tmp_path / "cut.ogg"
    cut.write_bytes(whole[: len(whole) // 2])
    assert 1.0 < reading.read(cut).duration_s < 9.0


def test_the_plot_is_well_formed_whatever_the_title(tmp_path: Path) -> None:
    """An SVG that a browser can show; a title is text and cannot become markup."""
    both = reading.read(ogg(tmp_path / "call.ogg", side(8, [(2.5, 4)]), side(8, [(0.5, 2), (3.0, 3.6)])))
    drawn = ElementTree.fromstring(svg(both, measure(both), "<script>alert(1)</script>"))  # noqa: S314 - our own
    assert not [each for each in drawn.iter() if each.tag.endswith("script")]
    assert len([each for each in drawn.iter() if each.tag.endswith("polygon")]) == 2


def test_four_hours_fit_into_little_memory() -> None:
    """The longest call the configuration allows: its levels are 3.5 million numbers, not 5 GB of samples."""
    rms = np.full(4 * 3600 * 200, -70.0, np.float32)
    rms[1000:2000] = -20.0
    quiet = reading.Side(rms, rms)
    found = measure(reading.Levels(quiet, quiet))
    assert found.duration_s == pytest.approx(4 * 3600)
    assert len(svg(reading.Levels(quiet, quiet), found, "long")) < 200_000


def test_an_hour_that_a_file_leaves_out_fits_too(tmp_path: Path) -> None:
    """Egress heard nothing for an hour: its silence is not made all at once, which took a gigabyte."""
    piece = av.AudioFrame.from_ndarray(np.zeros((2, 960), np.float32), format="fltp", layout="stereo")
    piece.sample_rate = RATE
    with av.open(str(tmp_path / "call.ogg"), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="stereo")
        for number in range(100):
            piece.pts = number * 960 + (3600 * RATE if number >= 50 else 0)
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    tracemalloc.start()
    try:
        assert reading.read(tmp_path / "call.ogg").duration_s == pytest.approx(3602.0, abs=0.1)
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


def test_the_process_that_measures_tells_all_it_found(tmp_path: Path) -> None:
    """Control asks it for each recording: figures on stdout, the drawing where it was asked for."""
    source = ogg(tmp_path / "call.ogg", side(8, [(2.5, 4.0)]), side(8, [(0.5, 2.0), (3.0, 3.6)]))
    command = [sys.executable, "-m", "recording.measure", str(source), "--plot", str(tmp_path / "call.svg")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert understood(json.loads(done.stdout)) == understood(told(measure(reading.read(source))))
    assert (tmp_path / "call.svg").read_text().startswith("<svg")


def test_the_process_that_measures_says_what_is_wrong(tmp_path: Path) -> None:
    """A broken file is its end and nobody else's."""
    (tmp_path / "broken.ogg").write_bytes(b"OggS nothing")
    command = [sys.executable, "-m", "recording.measure", str(tmp_path / "broken.ogg")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "broken.ogg: it cannot be decoded" in done.stderr
