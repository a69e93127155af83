"""What the turns of one agent come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.figures import percentile, ratio, table
from bench.stubs.journal import STAGES, Seen
from bench.turns import Kind, Turn

LATE_MS = 400.0  # later than the quicker half's median by this: the turn detector had said "not yet"
_ASKED_EARLY_S = 2.0  # a preemptive reply may be asked for before the caller has ended
_COLUMNS = {
    "answers": "n",
    "v2v_p50": "v2v p50",
    "v2v_p95": "p95",
    "v2v_max": "max",
    "late_percent": "late %",
    "after_barge_p50": "after barge p50",
    "after_barge_p95": "p95",
    "barge_in_p50": "barge-in p50",
    "barge_in_p95": "p95",
    "barge_in_max": "max",
    "cpu_s_per_call_minute": "CPU s/min",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """Milliseconds at the caller's ear. `stages`: median ms after the last voiced sample."""

    agent: str
    turns: int
    answers: int
    v2v_p50: float | None
    v2v_p95: float | None
    v2v_max: float | None
    late_percent: float | None
    after_barge_p50: float | None
    after_barge_p95: float | None
    barge_ins: int
    barge_in_p50: float | None
    barge_in_p95: float | None
    barge_in_max: float | None
    cpu_s_per_call_minute: float | None
    failed: int
    failures: dict[str, int]
    stages: dict[str, float | None]
    stages_after_barge: dict[str, float | None]


def summarise(agent: str, turns: Sequence[Turn], seen: Sequence[Seen], cpu_s_per_call_minute: float | None) -> Summary:
    """`seen` may be empty: with several calls at once nobody knows whose stage is whose."""
    plain = [turn.voice_to_voice_ms for turn in turns if turn.kind is Kind.CLEAN and turn.heard is not None]
    after = [turn.voice_to_voice_ms for turn in turns if turn.kind is Kind.BARGE_IN and turn.heard is not None]
    barges = [turn.barge_in_ms for turn in turns if turn.barge_in_ms is not None]
    middle = percentile(plain, 50)
    usual = percentile(plain, 25)  # the median itself may be late
    late = [value for value in plain if value is not None and usual is not None and value > usual + LATE_MS]
    failures = Counter(f"{turn.kind}: {turn.failure}" for turn in turns if turn.failure is not None)
    return Summary(
        agent=agent,
        turns=len(turns),
        answers=len(plain),
        v2v_p50=middle,
        v2v_p95=percentile(plain, 95),
        v2v_max=percentile(plain, 100),
        late_percent=round(100 * len(late) / len(plain), 1) if plain else None,
        after_barge_p50=percentile(after, 50),
        after_barge_p95=percentile(after, 95),
        barge_ins=len(barges),
        barge_in_p50=percentile(barges, 50),
        barge_in_p95=percentile(barges, 95),
        barge_in_max=percentile(barges, 100),
        cpu_s_per_call_minute=cpu_s_per_call_minute,
        failed=sum(failures.values()),
        failures=dict(failures),
        stages=stages(turns, seen, Kind.CLEAN),
        stages_after_barge=stages(turns, seen, Kind.BARGE_IN),
    )


def stages(turns: Sequence[Turn], seen: Sequence[Seen], kind: Kind) -> dict[str, float | None]:
    """Medians over one kind of turns: the first stable whole text and final, and what led to the sound heard."""
    found: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for turn in turns:
        if turn.kind is not kind or turn.heard is None:
            continue
        near = [event for event in seen if turn.ended - _ASKED_EARLY_S <= event.at <= turn.heard]
        for stage, at in _of_one(turn, near).items():
            found[stage].append((at - turn.ended) * 1000)
    return {stage: percentile(values, 50) for stage, values in found.items()}


def _of_one(turn: Turn, near: Sequence[Seen]) -> dict[str, float]:
    at: dict[str, float] = {}
    for event in near:
        if event.what in ("stable", "final"):
            if event.at >= turn.ended:
                at.setdefault(event.what, event.at)
        elif event.what == "tts_asked":
            # The first segment of the latest reply: later ones are asked for while the first is heard.
            if at.get("tts_asked", 0.0) < at.get("llm_asked", 0.0) or "tts_asked" not in at:
                at["tts_asked"] = event.at
                at.pop("tts_first", None)
        elif event.what == "tts_first":
            at.setdefault("tts_first", event.at)
        else:
            at[event.what] = event.at
    return at


def show(summaries: Sequence[Summary]) -> str:
    """The table, the stages, the ratios to the first agent, and what failed."""
    rows: list[list[object]] = [["agent", *_COLUMNS.values()]]
    rows += [[s.agent, *(getattr(s, name) for name in _COLUMNS)] for s in summaries]
    parts = [table(rows)]
    if any(value is not None for s in summaries for value in s.stages.values()):
        staged: list[list[object]] = [["ms after the last voiced sample", *STAGES, "heard"]]
        staged += [[s.agent, *s.stages.values(), s.v2v_p50] for s in summaries]
        staged += [[f"{s.agent}, after barge", *s.stages_after_barge.values(), s.after_barge_p50] for s in summaries]
        parts.append(table(staged))
    first, *others = summaries
    parts += [
        f"{other.agent} / {first.agent}: " + ", ".join(f"{k} {v}" for k, v in ratios(other, first).items())
        for other in others
    ]
    parts += [f"{s.agent}: {count} x {what}" for s in summaries for what, count in s.failures.items()]
    return "\n\n".join(parts)


def ratios(one: Summary, to: Summary) -> dict[str, float | None]:
    names = ("v2v_p50", "v2v_p95", "after_barge_p50", "barge_in_p50")
    return {name: ratio(getattr(one, name), getattr(to, name)) for name in names}


def as_json(summaries: Sequence[Summary]) -> dict[str, Any]:
    return {
        "agents": [asdict(s) for s in summaries],
        "ratios": {s.agent: ratios(s, summaries[0]) for s in summaries[1:]},
    }
