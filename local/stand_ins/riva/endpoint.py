"""Where speech begins and ends, from energy and spectral flatness.

Riva decides by blanks of its acoustic model; this decides by the sound itself, with the same knobs (windows in ms and
the share of frames in them). A frame counts as speech when it is louder than the noise around it *and* not noise-like:
the spectral flatness of white noise is near 0.56 whatever its level, that of a voice below 0.3, so loud noise never
opens an utterance.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from local.stand_ins.riva.audio import RATE, Pcm

FRAME = RATE // 50  # 20 ms
FRAME_MS = 20
_QUIETEST_SPEECH_RMS = 90.0  # int16 units, about -51 dBFS; mu-law's own idle noise is below 10
_ABOVE_NOISE = 3.0
_FLATTEST_SPEECH = 0.35
_BAND = slice(3, 76)  # 150-3800 Hz in bins of 50 Hz: what a telephone passes
_WINDOW = np.hanning(FRAME)


@dataclass(frozen=True)
class Endpointing:
    """Windows in ms, thresholds as shares of a window. Defaults are those of Riva's documentation.

    stop_history_eou_ms: an early, not yet final "the utterance has probably ended" (None: not wanted).
    """

    start_history_ms: int = 300
    start_threshold: float = 0.2
    stop_history_ms: int = 800
    stop_threshold: float = 0.98
    stop_history_eou_ms: int | None = None
    stop_threshold_eou: float = 0.98


class Mark(Enum):
    """What a frame meant for the utterance."""

    SILENCE = auto()
    START = auto()
    SPEECH = auto()
    PROBABLE_END = auto()
    END = auto()


class Endpointer:
    """Marks frames of 20 ms (FRAME samples at 16 kHz), one after another."""

    def __init__(self, settings: Endpointing) -> None:
        self._settings = settings
        longest = max(settings.start_history_ms, settings.stop_history_ms, settings.stop_history_eou_ms or 0)
        self._recent: deque[bool] = deque(maxlen=max(1, longest // FRAME_MS))
        self._noise = 30.0
        self._open = False
        self._probable_end_told = False

    def mark(self, frame: Pcm) -> Mark:
        """The mark of the next frame."""
        self._recent.append(self._is_speech(frame))
        settings = self._settings
        if not self._open:
            if self._share(settings.start_history_ms, True) < settings.start_threshold:
                return Mark.SILENCE
            self._open, self._probable_end_told = True, False
            return Mark.START
        if self._share(settings.stop_history_ms, False) >= settings.stop_threshold:
            self.close()
            return Mark.END
        early = settings.stop_history_eou_ms
        silent = early is not None and self._share(early, False) >= settings.stop_threshold_eou
        if silent and not self._probable_end_told:
            self._probable_end_told = True
            return Mark.PROBABLE_END
        self._probable_end_told = silent
        return Mark.SPEECH

    def close(self) -> None:
        """Ends the utterance here; the next frames may start another."""
        self._open = False
        self._recent.clear()

    def _share(self, window_ms: int, speech: bool) -> float:
        """The share of frames in the last window that are speech (or not), of a whole window's number of frames."""
        frames = max(1, window_ms // FRAME_MS)
        recent = list(self._recent)[-frames:]
        return sum(heard is speech for heard in recent) / frames

    def _is_speech(self, frame: Pcm) -> bool:
        samples = frame.astype(np.float64)
        rms = float(np.sqrt(np.mean(samples * samples)))
        loud = rms > max(_QUIETEST_SPEECH_RMS, _ABOVE_NOISE * self._noise)
        speech = loud and _flatness(samples) < _FLATTEST_SPEECH
        if not speech:
            # Noise is learned slowly upwards, so that a fricative does not raise it, and fast downwards.
            rate = 0.02 if rms > self._noise else 0.2
            self._noise += rate * (rms - self._noise)
        return speech


def _flatness(samples: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """Geometric over arithmetic mean of the power spectrum in the telephone band: 1 is a click, near 0 a pure tone."""
    power = np.abs(np.fft.rfft(samples * _WINDOW))[_BAND] ** 2 + 1e-9
    return float(np.exp(np.mean(np.log(power))) / np.mean(power))
