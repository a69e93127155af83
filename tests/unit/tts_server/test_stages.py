"""Resampling, stretching, trimming: the same sound however it is cut into chunks, so that no joint clicks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.fakes.tts_engine import silence, tone
from tests.support.tts_audio import of_pcm
from tts_server.audio.resample import Resample
from tts_server.audio.stage import Stage
from tts_server.audio.stretch import Stretch
from tts_server.audio.trim import Trim

_STAGES: dict[str, Callable[[], Stage]] = {
    "22.05 to 24 kHz": lambda: Resample(22_050, 24_000),
    "16 to 24 kHz": lambda: Resample(16_000, 24_000),
    "slower": lambda: Stretch(22_050, 0.4),
    "faster": lambda: Stretch(22_050, 1.7),
    "trim": lambda: Trim(24_000),
}


def _through(stage: Stage, pcm: bytes, chunk: int) -> bytes:
    return b"".join([stage.feed(pcm[at : at + chunk]) for at in range(0, len(pcm), chunk)]) + stage.finish()


@pytest.mark.parametrize("make", _STAGES.values(), ids=list(_STAGES))
@pytest.mark.parametrize("chunk", [2, 334, 8_192])
def test_chunks_are_not_heard(make: Callable[[], Stage], chunk: int) -> None:
    pcm = silence(0.1) + tone(440, 0.4) + silence(0.2) + tone(220, 0.2) + silence(0.3)
    assert _through(make(), pcm, chunk) == _through(make(), pcm, len(pcm))


@pytest.mark.parametrize("make", _STAGES.values(), ids=list(_STAGES))
def test_nothing_in_gives_nothing_out(make: Callable[[], Stage]) -> None:
    """An engine that yields nothing must not break the end of the stream."""
    stage = make()
    assert stage.feed(b"") + stage.finish() == b""


@pytest.mark.parametrize("rate", [16_000, 22_050])
def test_resampling_keeps_length_pitch_and_level(rate: int) -> None:
    """And adds no audible noise: what is left beside the tone is 50 dB below it."""
    heard = of_pcm(_through(Resample(rate, 24_000), tone(1_000, 1.0, rate), 1_234))
    assert heard.seconds == pytest.approx(1.0, abs=0.001)
    middle = heard.samples[2_400:21_600].astype(np.float64)
    at = np.arange(len(middle)) / 24_000
    basis = np.stack([np.sin(2 * np.pi * 1_000 * at), np.cos(2 * np.pi * 1_000 * at)], axis=1)
    fit = basis @ np.linalg.lstsq(basis, middle, rcond=None)[0]
    noise_db = 10 * np.log10(np.mean((middle - fit) ** 2) / np.mean(fit**2))
    assert noise_db < -50
    assert heard.peak == pytest.approx(8_000, rel=0.02)


@pytest.mark.parametrize("factor", [0.15, 0.5, 2.0, 8.0])
def test_stretching_changes_the_pace_and_not_the_pitch(factor: float) -> None:
    heard = of_pcm(_through(Stretch(24_000, factor), tone(440, 2.0), 4_800))
    assert heard.seconds == pytest.approx(2.0 / factor, rel=0.1)
    assert heard.pitch_hz == pytest.approx(440, rel=0.02)


def test_trim_keeps_20_ms_before_and_120_ms_after_and_pauses_whole() -> None:
    pcm = silence(0.3) + tone(440, 0.2) + silence(1.0) + tone(440, 0.2) + silence(0.8)
    heard = of_pcm(_through(Trim(24_000), pcm, 960))
    before, after = heard.silence_s()
    assert before == pytest.approx(0.02, abs=0.002)
    assert after == pytest.approx(0.12, abs=0.002)
    assert heard.seconds == pytest.approx(0.02 + 1.4 + 0.12, abs=0.002)


def test_trim_gives_nothing_of_silence_alone() -> None:
    """Silence alone is told from speech: the server answers that nothing was said."""
    assert _through(Trim(24_000), silence(2.0), 960) == b""


def test_trim_does_not_hold_a_long_pause_back_for_ever() -> None:
    """Memory and the listener's patience have an end: after 5 s the silence is passed on."""
    trim = Trim(24_000)
    trim.feed(tone(440, 0.1))
    assert len(trim.feed(silence(8.0))) == pytest.approx(2 * 3 * 24_000, rel=0.01)
