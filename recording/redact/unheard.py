"""Which stretches of a recording are muted, once its sound is there to be asked: whole sentences, and all that a caller
says that no turn has: to a person who was put through, or while the recogniser was away."""

from __future__ import annotations

from collections.abc import Sequence

from recording.measure.activity import Span, sentences
from recording.measure.figures import Figures

_CUT_S = 0.4  # more of a sentence than the margin around an utterance: it is the utterance, and goes whole
_NEAR_S = 1.0  # around a turn of the caller's: so far its words reach, where two clocks are not quite one
_WORD_S = 0.2  # shorter is a breath


def completed(muted: Sequence[Span], heard: Sequence[Span], figures: Figures) -> list[Span]:
    """`muted` are the places of utterances to be muted, `heard` those of all of the caller's, in seconds into the file,
    of which `figures` are."""
    caller = sentences(figures.caller)
    cut = [s for s in (*caller, *sentences(figures.agent)) if any(_common_s(s, span) >= _CUT_S for span in muted)]
    known = [Span(span.start_s - _NEAR_S, span.end_s + _NEAR_S) for span in heard]
    unknown = [s for s in caller if s.length_s >= _WORD_S and not any(_common_s(s, span) > 0 for span in known)]
    return _joined(sorted([*muted, *cut, *unknown], key=lambda span: span.start_s))


def _joined(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        if joined and span.start_s <= joined[-1].end_s:
            joined[-1] = Span(joined[-1].start_s, max(joined[-1].end_s, span.end_s))
        else:
            joined.append(span)
    return joined


def _common_s(one: Span, two: Span) -> float:
    return min(one.end_s, two.end_s) - max(one.start_s, two.start_s)
