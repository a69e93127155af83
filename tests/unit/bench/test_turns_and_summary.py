"""From turns to figures: who is counted where."""

from __future__ import annotations

from collections import Counter

from bench.deal import CALL, deal
from bench.stubs.journal import Seen
from bench.summary import as_json, show, stages, summarise
from bench.turns import Failure, Kind, Turn


def turn(ms: float, kind: Kind = Kind.CLEAN, barge_in_ms: float | None = None) -> Turn:
    return Turn(0, kind, ended=10.0, heard=10.0 + ms / 1000, barge_in_ms=barge_in_ms)


def test_answers_after_a_barge_in_are_counted_apart() -> None:
    """They are slower with some agents: mixed in, they would hide what a plain turn takes."""
    found = summarise("a", [turn(700), turn(800), turn(4000, Kind.BARGE_IN, 300.0)], [], None)
    assert (found.answers, found.v2v_p50, found.after_barge_p50) == (2, 750.0, 4000.0)
    assert (found.barge_ins, found.barge_in_p50) == (1, 300.0)


def test_late_is_later_than_the_quicker_half_by_400_ms() -> None:
    """One turn of four waited for a turn detector."""
    assert summarise("a", [turn(700), turn(700), turn(720), turn(1200)], [], None).late_percent == 25.0


def test_a_turn_without_an_answer_is_a_failure_and_no_figure() -> None:
    """An agent must not get faster by staying silent."""
    silent = Turn(0, Kind.CLEAN, ended=10.0, failure=Failure.NO_ANSWER)
    found = summarise("a", [turn(700), silent], [], None)
    assert (found.turns, found.answers, found.failed) == (2, 1, 1)
    assert found.failures == {"clean: no answer": 1}


def test_stages_are_those_of_the_reply_that_was_heard() -> None:
    """A reply asked for early and thrown away is not the one that was heard; later segments are not the first."""
    seen = [
        Seen("llm_asked", 9.5),
        Seen("stable", 10.2),
        Seen("llm_asked", 10.22),
        Seen("llm_first", 10.42),
        Seen("final", 10.44),
        Seen("tts_asked", 10.5),
        Seen("tts_first", 10.65),
        Seen("tts_asked", 10.66),
    ]
    found = stages([turn(700)], seen, Kind.CLEAN)
    wanted = {"stable": 200, "final": 440, "llm_asked": 220, "llm_first": 420, "tts_asked": 500, "tts_first": 650}
    assert found == wanted


def test_every_agent_is_dealt_the_same_and_every_utterance_as_often() -> None:
    """A random draw moved a median by 250 ms once."""
    assert deal(6, 18, seed=1) == deal(6, 18, seed=1)
    cards = [card for hand in deal(18, 18, seed=1) for card in hand]
    assert len(cards) == 18 * len(CALL)
    for kind in Kind:
        times = Counter(card.utterance for card in cards if card.kind is kind)
        assert len(times) == 18
        assert len(set(times.values())) == 1


def test_the_report_has_ratios_to_the_first_agent() -> None:
    """The table and the JSON are of the same figures, also where an agent never answered."""
    both = [
        summarise("bare", [turn(1000)], [], 8.0),
        summarise("ours", [turn(600)], [], None),
        summarise("x", [], [], None),
    ]
    assert as_json(both)["ratios"]["ours"]["v2v_p50"] == 0.6
    assert as_json(both)["ratios"]["x"]["v2v_p50"] is None
    assert "ours / bare: v2v_p50 0.6" in show(both)
