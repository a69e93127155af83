"""The ASR stub's ear: were its words or its timing wrong, every agent would be measured against a mistake."""

from __future__ import annotations

import numpy as np
import pytest

from bench import utterances
from bench.audio import Pcm
from bench.stubs.fingerprint import RATE, Catalogue
from bench.stubs.listener import Heard, Listener
from bench.stubs.riva import STABLE, UNSTABLE, response
from bench.utterances import Utterance

LEAD_S = 0.213  # not a whole number of frames: streams are not aligned with the templates


@pytest.fixture(scope="module")
def spoken() -> tuple[Utterance, ...]:
    return utterances.load(RATE)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue(utterances.load(RATE, every=True))


def quiet(seconds: float) -> Pcm:
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def listen(listener: Listener, pcm: Pcm, origin_s: float = 0.0) -> list[tuple[float, Heard]]:
    """(second of the stream less `origin_s`, what was said then), fed as a worker feeds it: 50 ms at a time."""
    size = RATE // 20
    return [
        ((at + size) / RATE - origin_s, heard)
        for at in range(0, len(pcm), size)
        for heard in listener.push(pcm[at : at + size])
    ]


def text(heard: Heard) -> str:
    return " ".join(word.text for word in heard.stable)


def test_every_utterance_is_known_through_a_noisy_line(catalogue: Catalogue, spoken: tuple[Utterance, ...]) -> None:
    """Each is recognised word for word, its whole text stable within 250 ms and final about 350 ms after its end."""
    noise = np.random.default_rng(3)
    for utterance in spoken:
        pcm = np.concatenate([quiet(LEAD_S), utterance.pcm, quiet(0.8)])
        pcm = (pcm + noise.normal(0, 40, len(pcm))).astype(np.int16)
        said = listen(Listener(catalogue), pcm, LEAD_S + utterance.seconds)
        finals = [(at, heard) for at, heard in said if heard.final]
        assert [text(heard) for _, heard in finals] == [utterance.text]
        assert 0.30 <= finals[0][0] <= 0.45
        whole = [at for at, heard in said if heard.whole and not heard.final]
        assert -0.05 <= whole[0] <= 0.25, utterance.text


def test_words_come_as_they_end(catalogue: Catalogue, spoken: tuple[Utterance, ...]) -> None:
    """An interim never has a word that was not begun, and what was stable stays as it was."""
    utterance = spoken[14]
    stable: tuple[str, ...] = ()
    for at, heard in listen(Listener(catalogue), np.concatenate([utterance.pcm, quiet(0.6)])):
        assert all(word.start_s <= at for word in (*heard.stable, *heard.unstable))
        now = tuple(word.text for word in heard.stable)
        assert now[: len(stable)] == stable
        stable = now
    assert " ".join(stable) == utterance.text


def test_a_half_close_in_mid_utterance_has_the_words_so_far(
    catalogue: Catalogue, spoken: tuple[Utterance, ...]
) -> None:
    """A worker may flush at a pause: the stream that follows has the rest, and no word twice."""
    utterance = spoken[14]
    middle = len(utterance.pcm) // 2
    first, second = Listener(catalogue), Listener(catalogue)
    first.push(utterance.pcm[:middle])
    early = first.close()
    listen(second, np.concatenate([utterance.pcm[middle:], quiet(0.2)]))
    late = second.close()
    assert early is not None and late is not None
    assert early.final and late.final
    words = utterance.text.split()
    heard = f"{text(early)} {text(late)}".split()
    assert heard == words or len(heard) == len(words) - 1  # the word that was cut through may be lost


def test_the_same_stream_hears_one_utterance_after_another(catalogue: Catalogue, spoken: tuple[Utterance, ...]) -> None:
    """One RPC lasts a whole call with the stock plugin."""
    pcm = np.concatenate([part for u in spoken[:4] for part in (quiet(0.7), u.pcm)] + [quiet(0.7)])
    finals = [text(heard) for _, heard in listen(Listener(catalogue), pcm) if heard.final]
    assert finals == [u.text for u in spoken[:4]]


def test_unknown_sound_has_no_words(catalogue: Catalogue) -> None:
    """A cough or the agent's own voice over the line is nobody's utterance."""
    noise = np.random.default_rng(5).normal(0, 3000, RATE).astype(np.int16)
    listener = Listener(catalogue)
    assert listen(listener, np.concatenate([noise, quiet(0.8)])) == []
    assert listener.close() is None


def test_silence_is_closed_without_a_result(catalogue: Catalogue) -> None:
    """Riva sends no final for a stream in which nobody spoke."""
    listener = Listener(catalogue)
    listener.push(quiet(1.0))
    assert listener.close() is None


def test_the_protocol_carries_stability_and_milliseconds(catalogue: Catalogue, spoken: tuple[Utterance, ...]) -> None:
    """Stable and unstable words are results of their own; finals are punctuated and their word times are in ms."""
    said = listen(Listener(catalogue), np.concatenate([spoken[0].pcm, quiet(0.6)]))
    interim = next(response(heard) for _, heard in said if heard.stable and heard.unstable)
    assert [round(result.stability, 2) for result in interim.results] == [STABLE, UNSTABLE]
    assert interim.results[0].alternatives[0].transcript.islower()
    final = next(response(heard) for _, heard in said if heard.final).results[0]
    assert final.is_final
    assert final.alternatives[0].transcript.strip() == spoken[0].text
    last = final.alternatives[0].words[-1].end_time
    assert abs(last - spoken[0].seconds * 1000) < 60
