"""Is what was said on a call in its recording's files? Measured from the sound alone."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recording.measure.activity import Span, sentences, voiced
from recording.measure.levels import Levels, NotMeasurable, read

_LOOSE_S, _LOOSE_SHARE = 0.4, 0.1
"""What two measurements of the same words, before and after two codecs and a network, may differ by."""
_ANSWERED_S, _ANSWER_S = 4.0, 2.8
"""An answer that begins so late, or is heard for less: the machine was too busy for its call, and the line itself lost
words, or brought them after the end. The whole answer is 3.4 s of voice."""
_SENTENCE_S = 0.12  # the pause after the notice, in flite's voice, is longer
_REST_S = (0.9, 1.3)  # "How can I help you?"


@dataclass(frozen=True, slots=True)
class Compared:
    """Seconds. `lost` of the talk, from the caller's first word on, that the caller's own ears have and no file.
    `disturbed`: the call itself was not as it should be, by the same ears, and `lost` says nothing. `gap`: from the
    notice's last sound to the first sample of egress' file, by the sound; None where there is no such file, or no
    notice to be seen."""

    lost: float
    disturbed: bool
    gap: float | None


def compare(heard: Path, files: Sequence[tuple[float, bytes]], main: bytes | None = None) -> Compared:
    """`heard` is the caller's own recording (local.caller.recorder); `files`: when each began (UTC epoch seconds) and
    what is in it; `main` that of egress which begins at the notice. Blocks for a second or so, and holds the
    interpreter: for a process of its own where calls go on."""
    truth = read(heard)
    placed = [(began, found) for began, content in files if (found := _decoded(content)) is not None]
    return Compared(
        lost=sum(_lost(truth, placed, side) for side in ("agent", "caller")),
        disturbed=_disturbed(truth),
        gap=_gap(truth, main),
    )


def _lost(truth: Levels, placed: Sequence[tuple[float, Levels]], side: str) -> float:
    said = _after(sentences(voiced(getattr(truth, side))), _first(truth) or 0.0)
    starts = [began + at for began, found in placed if (at := _first(found)) is not None]
    have = _after(_union(placed, side), min(starts, default=0.0))
    return max(0.0, said - have - _LOOSE_S - _LOOSE_SHARE * said)


def _disturbed(truth: Levels) -> bool:
    asked = sentences(voiced(truth.caller))
    answers = [span for span in sentences(voiced(truth.agent)) if asked and span.end_s > asked[-1].end_s]
    if not answers or answers[0].start_s - asked[-1].end_s > _ANSWERED_S:
        return True
    return sum(span.length_s for span in answers) < _ANSWER_S


def _gap(truth: Levels, main: bytes | None) -> float | None:
    """What the file lacks of the greeting's rest, which follows the notice at once."""
    if main is None or (found := _decoded(main)) is None:
        return None
    in_truth, in_file = (_before(levels) for levels in (truth, found))
    if len(in_truth) < 2 or not in_file or not _REST_S[0] < in_truth[-1].length_s < _REST_S[1]:
        return None
    return in_truth[-1].end_s - in_truth[-2].end_s - in_file[-1].end_s


def _before(levels: Levels) -> list[Span]:
    """What the agent said before the caller's first word."""
    first_s = _first(levels) or 0.0
    return [span for span in sentences(voiced(levels.agent), _SENTENCE_S) if span.end_s <= first_s]


def _first(levels: Levels) -> float | None:
    """The caller's first word."""
    spans = sentences(voiced(levels.caller))
    return spans[0].start_s if spans else None


def _after(spans: Sequence[Span], since_s: float) -> float:
    return sum(max(0.0, span.end_s - max(span.start_s, since_s)) for span in spans)


def _union(placed: Sequence[tuple[float, Levels]], side: str) -> list[Span]:
    """Where this side is heard on any of the files, in UTC epoch seconds."""
    spans = [
        Span(began + span.start_s, began + span.end_s)
        for began, found in placed
        for span in sentences(voiced(getattr(found, side)))
    ]
    joined: list[Span] = []
    for span in sorted(spans, key=lambda each: each.start_s):
        if joined and span.start_s <= joined[-1].end_s:
            joined[-1] = Span(joined[-1].start_s, max(joined[-1].end_s, span.end_s))
        else:
            joined.append(span)
    return joined


def _decoded(content: bytes) -> Levels | None:
    """None for what is no sound."""
    with tempfile.NamedTemporaryFile(suffix=".ogg") as file:
        file.write(content)
        file.flush()
        try:
            return read(Path(file.name))
        except (NotMeasurable, OSError):
            return None
