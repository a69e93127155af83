"""Latencies measured from sound alone, on sound whose gaps are known. Promise: right within 10 ms."""

from __future__ import annotations

import numpy as np
import pytest

from local.caller.measure import Span, Turn, first_sound_s, percentiles, sentences, turns, voiced
from local.caller.sound import EAR_RATE, Pcm, from_mulaw, to_mulaw

RIGHT_MS = 10.0


def side(length_s: float, *stretches: tuple[float, float], noise: float = 0.0, seed: int = 7) -> Pcm:
    """Speech-like sound (a voice of 150 Hz, louder and softer four times a second) between the given seconds."""
    at = np.arange(round(length_s * EAR_RATE)) / EAR_RATE
    pcm = np.random.default_rng(seed).normal(0, max(noise, 1e-9), len(at))
    for start_s, end_s in stretches:
        here = (at >= start_s) & (at < end_s)
        loudness = 3000 * (1.3 + np.cos(2 * np.pi * 4 * (at[here] - start_s)))
        pcm[here] += loudness * np.sign(np.sin(2 * np.pi * 150 * at[here]))
    return from_mulaw(to_mulaw(pcm.astype(np.int16)))


def only(found: list[Turn | None]) -> Turn:
    assert len(found) == 1
    assert found[0] is not None
    return found[0]


@pytest.mark.parametrize("gap_s", [0.15, 0.4, 0.7035, 1.2, 3.0])
@pytest.mark.parametrize("noise", [0.0, 8.0])
def test_voice_to_voice_is_the_gap_between_the_voices(gap_s: float, noise: float) -> None:
    """Line noise of -72 dBFS included; the line's own silence around the words does not count."""
    caller = side(8, (1.0, 2.5), noise=noise)
    agent = side(8, (0.0, 0.5), (2.5 + gap_s, 7.0), noise=noise, seed=8)
    turn = only(turns(agent, caller, [Span(0.8, 2.9)]))
    assert turn.voice_to_voice_ms == pytest.approx(gap_s * 1000, abs=RIGHT_MS)
    assert turn.barge_in_ms is None


def test_a_pause_in_the_callers_line_is_not_its_end() -> None:
    """The gap counts from the last word, though the agent might have thought otherwise."""
    caller = side(8, (1.0, 1.5), (2.3, 3.0))
    agent = side(8, (3.6, 5.0))
    assert only(turns(agent, caller, [Span(0.9, 3.1)])).voice_to_voice_ms == pytest.approx(600, abs=RIGHT_MS)


def test_an_agent_that_speaks_too_early_has_a_negative_gap() -> None:
    """It talked over the caller: a small positive number would praise it."""
    caller, agent = side(8, (1.0, 3.0)), side(8, (2.5, 5.0))
    assert only(turns(agent, caller, [Span(1.0, 3.0)])).voice_to_voice_ms == pytest.approx(-500, abs=RIGHT_MS)


def test_words_begun_and_given_up_while_the_caller_spoke_are_no_answer() -> None:
    """An "are you still there?" that met the caller's line half-way: the answer is what came after."""
    caller, agent = side(10, (1.0, 3.0)), side(10, (1.2, 1.6), (3.9, 6.0))
    turn = only(turns(agent, caller, [Span(1.0, 3.0)]))
    assert turn.voice_to_voice_ms == pytest.approx(900, abs=RIGHT_MS)
    assert turn.barge_in_ms is None


def test_a_barge_in_lasts_until_the_agent_is_silent() -> None:
    """Gaps between the agent's words, here of 100 ms, are no silence; its later answer is the turn's."""
    agent = side(10, (0.5, 1.5), (1.6, 2.33), (5.0, 6.0))
    caller = side(10, (2.0, 4.0))
    turn = only(turns(agent, caller, [Span(2.0, 4.1)]))
    assert turn.barge_in_ms == pytest.approx(330, abs=RIGHT_MS)
    assert turn.voice_to_voice_ms == pytest.approx(1000, abs=RIGHT_MS)


def test_an_agent_that_talks_on_has_not_answered() -> None:
    """What remains of the interrupted sentence must not pass for an answer."""
    agent, caller = side(10, (0.5, 7.0)), side(10, (2.0, 4.0))
    turn = only(turns(agent, caller, [Span(2.0, 4.0)]))
    assert turn.answered_s is None
    assert turn.voice_to_voice_ms is None
    assert turn.barge_in_ms == pytest.approx(5000, abs=RIGHT_MS)


def test_an_answer_belongs_to_the_line_before_it() -> None:
    """A question without an answer does not borrow the next one's."""
    caller = side(12, (1.0, 2.0), (6.0, 7.0))
    agent = side(12, (7.5, 9.0))
    first, second = turns(agent, caller, [Span(1.0, 2.0), Span(6.0, 7.0)])
    assert first is not None
    assert first.answered_s is None
    assert second is not None
    assert second.voice_to_voice_ms == pytest.approx(500, abs=RIGHT_MS)


def test_a_line_without_a_voice_is_no_turn() -> None:
    """A silent file neither helps nor spoils the figures, and the lines after it keep their places."""
    caller, agent = side(8, (3.0, 4.0)), side(8, (4.5, 6.0))
    silent, spoken = turns(agent, caller, [Span(1.0, 2.0), Span(3.0, 4.0)])
    assert silent is None
    assert spoken is not None


def test_clicks_and_noise_are_not_speech() -> None:
    """A 10 ms click or a hum at -50 dBFS before the answer would make every agent fast."""
    agent = side(4, (3.0, 3.5))
    agent[EAR_RATE : EAR_RATE + 160] = 8000
    hum = (130 * np.sin(2 * np.pi * 50 * np.arange(len(agent)) / EAR_RATE)).astype(np.int16)
    assert [round(span.start_s, 2) for span in voiced(agent)] == [3.0]
    assert voiced(hum) == []
    assert first_sound_s(hum) is None


def test_sentences_join_over_short_gaps_only() -> None:
    joined = sentences([Span(0.0, 1.0), Span(1.2, 2.0), Span(2.4, 3.0)], gap_s=0.3)
    assert joined == [Span(0.0, 2.0), Span(2.4, 3.0)]


def test_nothing_measured_is_not_zero() -> None:
    """A p50 of 0 ms would look splendid on a dashboard."""
    assert percentiles([]) == {"p50": None, "p95": None, "max": None}
    assert percentiles([100.0, 200.0, 300.0]) == {"p50": 200.0, "p95": 290.0, "max": 300.0}
