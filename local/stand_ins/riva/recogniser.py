"""pocketsphinx as one object that hears one utterance after another.

Word error rates, measured on 2026-11-21 through 8 kHz mu-law with the clinic's vocabulary, on sentences most of which
its corpus does not contain: flite `rms` as the caller 6% (40 sentences, one look; 10% at half the level); as the
receptionist (20 sentences, two looks) flite `awb` 5%, `slt` 10%, `kal16` 10%.
"""

from dataclasses import dataclass

import numpy as np
import pocketsphinx

from local.stand_ins.riva.audio import RATE, Pcm
from local.stand_ins.riva.vocabulary import Vocabulary, model_file

_FRAMES_PER_SECOND = 100
# The wheel's acoustic model was trained on wide-band speech. What a telephone cuts off (above 3.7 kHz) is always cut
# off, so that a web caller sounds like a phone caller, and a little noise fills the empty band, where the logarithm of
# nothing would otherwise be most of what the model sees: it took flite `slt` from 16 to 12% word errors.
_CUT_HZ = 3700
_NOISE_RMS = 40.0
_HALF_TAPS = 40
# The cepstral mean before the first frame: each utterance starts from it, so none depends on who spoke before.
# Measured on flite `rms` through 8 kHz mu-law, with the band and the noise above.
_CEPSTRAL_MEAN = "46.70,2.98,0.40,17.20,3.05,-0.12,4.78,-10.55,-7.19,-2.61,0.50,5.95,-0.25"
_LANGUAGE_WEIGHT = 5.0


@dataclass(frozen=True)
class Word:
    """A word as heard; seconds from the start of the audio given."""

    text: str
    start_s: float
    end_s: float


class Recogniser:
    """One decoder with one vocabulary, loaded in 0.1 to 0.3 s. Not thread-safe; blocks: not for an event loop."""

    def __init__(self, vocabulary: Vocabulary, *, second_look: bool = True) -> None:
        """`second_look`: `finish` searches the whole utterance again, which takes about 1.3% of its length."""
        pocketsphinx.set_loglevel("FATAL")
        self._decoder = pocketsphinx.Decoder(
            hmm=str(model_file("en-us")),
            lm=str(vocabulary.language_model),
            dict=str(vocabulary.dictionary),
            lw=_LANGUAGE_WEIGHT,
            fwdflat=second_look,
        )
        self._listening = False
        self._line = TelephoneBand()

    def start(self) -> None:
        """Begins an utterance; what an unfinished one had heard is dropped."""
        self.finish()
        self._line = TelephoneBand()
        self._decoder.set_cmn(_CEPSTRAL_MEAN)
        self._decoder.start_utt()
        self._listening = True

    def feed(self, pcm: Pcm) -> str:
        """Hears more of the utterance (mono int16 at 16 kHz); answers the words so far, "" for none."""
        self._decoder.process_raw(self._line.feed(pcm).tobytes())
        heard = self._decoder.hyp()
        return str(heard.hypstr) if heard else ""

    def finish(self) -> list[Word]:
        """Ends the utterance and answers its words, seconds from its first sample."""
        if not self._listening:
            return []
        self._listening = False
        self._decoder.end_utt()
        if self._decoder.hyp() is None:
            return []
        return [
            Word(
                segment.word.partition("(")[0],
                segment.start_frame / _FRAMES_PER_SECOND,
                (segment.end_frame + 1) / _FRAMES_PER_SECOND,
            )
            for segment in self._decoder.seg()
            if segment.word[0] not in "<["
        ]


class TelephoneBand:
    """Cuts 16 kHz PCM, chunk by chunk, to what a telephone passes, under a little noise (the same every time)."""

    def __init__(self) -> None:
        n = np.arange(-_HALF_TAPS, _HALF_TAPS + 1)
        cut = 2 * _CUT_HZ / RATE
        self._filter = np.sinc(n * cut) * np.kaiser(n.size, 7.0) * cut
        self._tail = np.zeros(n.size - 1)
        self._noise = np.random.default_rng(0)

    def feed(self, pcm: Pcm) -> Pcm:
        """As many samples as were given, 2.5 ms late."""
        if pcm.size == 0:
            return pcm
        padded = np.concatenate([self._tail, pcm])
        self._tail = padded[pcm.size :]
        line = np.convolve(padded, self._filter, mode="valid") + self._noise.normal(0.0, _NOISE_RMS, pcm.size)
        return np.clip(np.rint(line), -32768, 32767).astype(np.int16)
