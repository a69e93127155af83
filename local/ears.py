"""Ears for tests and for `make call`: what was said in a recording, by the recogniser of the Riva stand-in.

Blocking (about a tenth of the audio's length): call it from a thread or a program, not from an event loop.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pocketsphinx

from local.stand_ins.riva.audio import RATE, Pcm, Resampler
from local.stand_ins.riva.endpoint import FRAME, Endpointer, Endpointing, Mark
from local.stand_ins.riva.recogniser import Recogniser, TelephoneBand, Word
from local.stand_ins.riva.vocabulary import model_file, prepare, pronunciations

__all__ = ["Word", "closest", "transcribe"]

_PRE_ROLL_FRAMES = 25
# The level of flite through a telephone, at which the recogniser's cepstral mean was measured.
_LEVEL_RMS = 3400.0
_PAUSE = np.zeros(RATE // 4, np.int16)

# Sentences nobody was asked to choose from: a grammar always chooses, so speech that is none of the sentences needs
# somewhere else to go. Ordinary words with many different sounds.
DECOYS = (
    "the quick brown fox jumps over the lazy dog",
    "she sells sea shells by the sea shore",
    "we were away a year ago",
    "a large size in stockings is hard to sell",
    "peter piper picked a peck of pickled peppers",
    "how much wood would a woodchuck chuck",
    "the rain in spain stays mainly in the plain",
    "please call stella and ask her to bring these things from the store",
    "it was the best of times",
    "many hands make light work",
)


def transcribe(pcm: Pcm, rate: int) -> list[Word]:
    """The words in mono int16 audio at `rate` Hz (8, 16, 24, 32 or 48 kHz), with times in seconds.

    Silence and noise have none. The vocabulary is the clinic's: see local/stand_ins/riva. ValueError for another rate.
    """
    recogniser = _recogniser()
    words: list[Word] = []
    for begin, speech in _utterances(Resampler(rate).feed(pcm)):
        recogniser.start()
        for chunk in np.array_split(_levelled(speech), max(1, speech.size // RATE)):
            recogniser.feed(chunk)
        at = begin / RATE
        words += [Word(word.text, at + word.start_s, at + word.end_s) for word in recogniser.finish()]
    return words


def closest(pcm: Pcm, rate: int, sentences: Sequence[str]) -> tuple[int, float]:
    """Which of `sentences` the audio is, and the share of its words also in the free transcript (0 to 1).

    (-1, 0.0) where it is silence or sounds more like a decoy than like any of them. Case and punctuation of the
    sentences do not matter, numbers must be written as words; ValueError names the words without a pronunciation.
    """
    speech = [part for _, part in _utterances(Resampler(rate).feed(pcm))]
    if not speech:
        return -1, 0.0
    choices = [_plain(sentence) for sentence in (*sentences, *DECOYS)]
    chosen = _choose(np.concatenate([_PAUSE, *speech, _PAUSE]), choices)
    if chosen is None or chosen >= len(sentences):
        return -1, 0.0
    wanted = choices[chosen].split()
    heard = {word.text for word in transcribe(pcm, rate)}
    return chosen, sum(word in heard for word in wanted) / len(wanted)


def _choose(speech: Pcm, choices: list[str]) -> int | None:
    grammar = "#JSGF V1.0; grammar choice; public <choice> = " + " | ".join(dict.fromkeys(choices)) + ";"
    spoken = pronunciations({word for choice in choices for word in choice.split()})
    with TemporaryDirectory() as folder:
        dictionary = Path(folder) / "choice.dict"
        dictionary.write_text(
            "".join(
                f"{word}{f'({n})' if n > 1 else ''} {phones}\n"
                for word, entries in spoken.items()
                for n, phones in enumerate(entries, 1)
            ),
            encoding="utf-8",
        )
        pocketsphinx.set_loglevel("FATAL")
        decoder = pocketsphinx.Decoder(hmm=str(model_file("en-us")), lm=None, dict=str(dictionary))
    decoder.add_jsgf_string("choice", grammar)
    decoder.activate_search("choice")
    decoder.start_utt()
    decoder.process_raw(TelephoneBand().feed(_levelled(speech)).tobytes(), full_utt=True)
    decoder.end_utt()
    heard = decoder.hyp()
    return choices.index(heard.hypstr) if heard and heard.hypstr in choices else None


@cache
def _recogniser() -> Recogniser:
    with TemporaryDirectory() as folder:
        return Recogniser(prepare("clinic", Path(folder)))


def _utterances(pcm: Pcm) -> list[tuple[int, Pcm]]:
    """The stretches of speech: first sample and samples at 16 kHz."""
    endpointer, found, begin = Endpointer(Endpointing()), [], -1
    for at in range(0, pcm.size - FRAME + 1, FRAME):
        mark = endpointer.mark(pcm[at : at + FRAME])
        if mark is Mark.START:
            begin = max(0, at - _PRE_ROLL_FRAMES * FRAME)
        elif mark is Mark.END:
            found.append((begin, pcm[begin : at + FRAME]))
            begin = -1
    if begin >= 0:
        found.append((begin, pcm[begin:]))
    return found


def _levelled(speech: Pcm) -> Pcm:
    """The same at the level the recogniser knows, by the loudest fifth of its frames."""
    frames = speech[: speech.size - speech.size % FRAME].reshape(-1, FRAME).astype(np.float64)
    loud = np.sort(np.mean(frames * frames, axis=1))[-max(1, len(frames) // 5) :]
    gain = _LEVEL_RMS / max(1.0, float(np.sqrt(np.mean(loud))))
    levelled: Pcm = np.clip(speech * gain, -32768, 32767).astype(np.int16)
    return levelled


def _plain(sentence: str) -> str:
    return " ".join("".join(c if c.isalnum() or c in "' " else " " for c in sentence.lower()).split())
