"""Failures are counted in a row and per turn, and the call ends when a row's patience is used up."""

from agent.chronicle import Chronicle
from agent.failures import FAILURES, FAREWELL, Failure, NextStep
from agent.trouble import Trouble
from calls.events import CallerSpoke, FailureHandled
from config.phrases.english import ENGLISH
from tests.fakes.clock import FakeClock
from tests.unit.agent.test_chronicle import Kept, record


def trouble() -> tuple[Trouble, Chronicle, Kept, list[Failure]]:
    kept, ends = Kept(), list[Failure]()
    chronicle = Chronicle(record(), kept, FakeClock())
    return Trouble(chronicle, ends.append, ENGLISH.failures), chronicle, kept, ends


def test_patience_is_for_failures_in_a_row() -> None:
    """Three turns without an answer end the call with a farewell; one that works in between starts the count anew."""
    subject, chronicle, _, ends = trouble()
    patience = FAILURES[Failure.LLM_DOWN].patience
    for turn in range(1, patience):
        chronicle.add(CallerSpoke, turn=turn, text="x")
        assert subject.met(Failure.LLM_DOWN) == ENGLISH.failures["llm_down"]
    subject.mended(Failure.LLM_DOWN)
    for turn in range(patience, 2 * patience):
        assert not ends
        chronicle.add(CallerSpoke, turn=turn, text="x")
        words = subject.met(Failure.LLM_DOWN)
    assert words == ENGLISH.failures[FAREWELL]
    assert ends == [Failure.LLM_DOWN]


def test_replies_made_ahead_of_time_count_once_a_turn() -> None:
    """Eight discarded attempts within one turn are one failure for the caller: the call must not end of them."""
    subject, _, kept, ends = trouble()
    words = {subject.met(Failure.LLM_DOWN) for _ in range(8)}
    assert words == {ENGLISH.failures["llm_down"]}
    assert not ends
    assert len([e for e, _ in kept.entries if isinstance(e, FailureHandled)]) == 1


def test_a_reply_made_ahead_of_time_counts_for_the_turn_it_answers() -> None:
    """It fails before the record knows of its turn: counted to the turn before, two lost turns were one."""
    subject, chronicle, _, ends = trouble()
    for turn in range(1, FAILURES[Failure.LLM_DOWN].patience + 1):
        assert not ends
        subject.met(Failure.LLM_DOWN, turn=turn)
        chronicle.add(CallerSpoke, turn=turn, text="x")
        subject.met(Failure.LLM_DOWN, turn=turn)
    assert ends == [Failure.LLM_DOWN]


def test_every_row_that_ends_a_call_or_loses_a_turn_has_words_or_a_reason_for_silence() -> None:
    """The caller never hears dead air: a row without words is one the model or nobody needs to speak about."""
    silent = {f for f in FAILURES if f.value not in ENGLISH.failures}
    assert silent == {
        Failure.STORE_DOWN, Failure.TOOL_FAILED, Failure.TOOL_HANGS, Failure.BAD_DISPATCH,
    }  # fmt: skip
    assert all(row.patience > 0 for row in FAILURES.values() if row.next_step is NextStep.GO_ON_THEN_END)
