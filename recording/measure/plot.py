"""A call at a glance: both sides' loudness over time, the wait for each answer, interruptions and dead air, as SVG.

Drawn here: a plotting library would be a hundred times this module in every image, for a dozen shapes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

import numpy as np

from recording.measure.activity import Span
from recording.measure.figures import Figures
from recording.measure.levels import Levels, Row

_WIDTH, _HEIGHT, _LEFT = 1200, 320, 70
_AGENT_Y, _CALLER_Y, _HALF = 95, 215, 48
_COLUMNS = 1100
_FLOOR_DBFS = -60.0
_AGENT, _CALLER, _WAIT, _DEAD, _CUT = "#2563eb", "#059669", "#d97706", "#fee2e2", "#dc2626"
_TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800)


def svg(levels: Levels, figures: Figures, title: str) -> str:
    """An SVG document. `title` is shown as text, whatever it holds."""
    scale = _COLUMNS / max(figures.duration_s, 1e-3)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif">'
    parts = [head, f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>', _text(_LEFT, 24, title, 15)]
    parts += [_box(span, scale) for span in figures.dead_air]
    parts += [
        _lane("agent", levels.agent.peak, _AGENT_Y, _AGENT),
        _lane("caller", levels.caller.peak, _CALLER_Y, _CALLER),
    ]
    parts += _waits(figures, scale)
    for cut in figures.interruptions:
        x = _LEFT + cut.at_s * scale
        parts.append(
            f'<path d="M{x:.1f} {_AGENT_Y - _HALF}V{_CALLER_Y + _HALF}" stroke="{_CUT}" stroke-dasharray="3 3"/>'
        )
    parts += [*_axis(figures.duration_s, scale), *_legend(figures), "</svg>"]
    return "\n".join(parts)


def _lane(name: str, peak: Row, middle: int, colour: str) -> str:
    """Loudness in dB, mirrored about the middle: a quiet voice is seen as well as a loud one."""
    edges = np.linspace(0, len(peak), _COLUMNS + 1).astype(int)
    loud = [float(peak[a : max(b, a + 1)].max(initial=_FLOOR_DBFS)) for a, b in pairwise(edges)]
    heights = [max(0.0, (level - _FLOOR_DBFS) / -_FLOOR_DBFS) * _HALF for level in loud]
    up = " ".join(f"{_LEFT + x},{middle - h:.1f}" for x, h in enumerate(heights))
    down = " ".join(f"{_LEFT + x},{middle + h:.1f}" for x, h in reversed(list(enumerate(heights))))
    return f'{_text(8, middle + 5, name, 13)}<polygon points="{up} {down}" fill="{colour}"/>'


def _waits(figures: Figures, scale: float) -> Iterator[str]:
    between = (_AGENT_Y + _CALLER_Y) / 2
    for answer in figures.answers:
        x, to = _LEFT + answer.asked_s * scale, _LEFT + answer.heard_s * scale
        yield f'<path d="M{x:.1f} {between}H{to:.1f}" stroke="{_WAIT}" stroke-width="4"/>'
        yield _text(to + 3, between + 4, f"{answer.voice_to_voice_s * 1000:.0f}", 11)


def _box(span: Span, scale: float) -> str:
    x, width, height = _LEFT + span.start_s * scale, span.length_s * scale, _CALLER_Y - _AGENT_Y + 2 * _HALF
    return f'<rect x="{x:.1f}" y="{_AGENT_Y - _HALF}" width="{width:.1f}" height="{height}" fill="{_DEAD}"/>'


def _axis(duration_s: float, scale: float) -> Iterator[str]:
    step = next((tick for tick in _TICKS_S if duration_s / tick <= 20), _TICKS_S[-1])
    for tick in range(0, int(duration_s) + 1, step):
        x, y = _LEFT + tick * scale, _CALLER_Y + _HALF + 8
        yield f'<path d="M{x:.1f} {y}v5" stroke="#555"/>{_text(x - 10, y + 18, f"{tick // 60}:{tick % 60:02}", 11)}'


def _legend(figures: Figures) -> Sequence[str]:
    waits = sorted(answer.voice_to_voice_s for answer in figures.answers)
    middle = f", the middle one {waits[len(waits) // 2] * 1000:.0f} ms" if waits else ""
    dead_s = sum(span.length_s for span in figures.dead_air)
    words = (
        f"{len(waits)} answers{middle} (orange: caller silent to agent heard, in ms); "
        f"{len(figures.interruptions)} interruptions (red); dead air over 2 s: {dead_s:.1f} s (pink)"
    )
    return [_text(_LEFT, _HEIGHT - 10, words, 12)]


def _text(x: float, y: float, words: str, size: int) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="#222">{escape(words)}</text>'
