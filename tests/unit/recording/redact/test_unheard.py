"""What is muted once the sound itself is asked."""

from __future__ import annotations

from recording.measure.activity import Span
from recording.measure.figures import Figures
from recording.redact.unheard import completed


def figures(agent: list[Span], caller: list[Span]) -> Figures:
    return Figures(60.0, tuple(agent), tuple(caller), (), (), (), -12.0, -12.0)


def test_what_no_turn_has_is_muted() -> None:
    """The caller was put through to a person: nobody wrote down what they said."""
    heard = figures([Span(0.0, 2.0)], [Span(3.0, 5.0), Span(20.0, 24.0)])
    assert completed([], [Span(3.0, 5.0)], heard) == [Span(20.0, 24.0)]


def test_a_sentence_is_not_cut() -> None:
    """The worker's clock is a second off: the number is muted to its end. The answer right behind it is heard."""
    heard = figures([Span(6.1, 9.0)], [Span(3.0, 6.0)])
    assert completed([Span(2.0, 5.0)], [Span(2.0, 5.0)], heard) == [Span(2.0, 6.0)]


def test_one_in_another_is_one() -> None:
    """The longer one's end is the end."""
    inside = completed([Span(1.0, 9.0), Span(2.0, 3.0)], [], figures([], []))
    assert inside == [Span(1.0, 9.0)]
