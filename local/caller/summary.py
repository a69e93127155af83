"""What is left of a call: the recording, the transcript, the figures, and the one JSON object a program reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.caller import recorded
from local.caller.measure import percentiles
from local.caller.placed import Placed, Say, write_transcript


def keep(call: Placed, folder: Path, number: int, storage_url: str = "") -> dict[str, Any]:
    """Write what the caller heard, and the transcript; the call's JSON object. `storage_url`: of the bucket in which
    the call centre's own recording lies."""
    name = re.sub(r"[^\w-]", "_", call.call_id or f"unnamed-{number}")
    recording, transcript = folder / f"{name}.wav", folder / f"{name}.json"
    call.leg.recorder.write(recording)
    write_transcript(transcript, call.talk.exchanges)
    return {
        "call_id": call.call_id,
        "turns": len(call.report.turns),
        "outcome": (call.record or {}).get("outcome"),
        "voice_to_voice_ms": percentiles(call.report.voice_to_voice_ms),
        "barge_in_ms": _rounded(call.report.barge_in_ms),
        "transcript_file": str(transcript),
        "recording_file": str(recording),
        "recorded": recorded.told(call.record or {}, storage_url),
        "greeting_ms": _rounded([call.report.greeted_after_ms])[0] if call.report.greeted_after_ms else None,
        "answered_every_turn": call.good,
        "trouble": call.trouble,
    }


def of_many(calls: Sequence[Placed], each: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The same figures over calls made at once, and each call's own object in `calls`."""
    return {
        "call_id": [one["call_id"] for one in each],
        "turns": sum(one["turns"] for one in each),
        "outcome": dict(Counter(str(one["outcome"]) for one in each)),
        "voice_to_voice_ms": percentiles([ms for call in calls for ms in call.report.voice_to_voice_ms]),
        "barge_in_ms": _rounded([ms for call in calls for ms in call.report.barge_in_ms]),
        "transcript_file": [one["transcript_file"] for one in each],
        "recording_file": [one["recording_file"] for one in each],
        "answered_every_turn": all(call.good for call in calls),
        "calls": list(each),
    }


def tell(call: Placed, kept: dict[str, Any], say: Say) -> None:
    """The figures, for a person."""
    for exchange in call.talk.exchanges:
        if (turn := exchange.turn) is None:
            continue
        took = "no answer" if turn.voice_to_voice_ms is None else f"{turn.voice_to_voice_ms:5.0f} ms"
        barge = "" if turn.barge_in_ms is None else f"  (silent {turn.barge_in_ms:.0f} ms after being interrupted)"
        say(f"{took:>9}  {exchange.line}{barge}")
    if kept["greeting_ms"] is not None:
        say(f"{kept['greeting_ms']:6.0f} ms  from dialling to the greeting")
    figures = kept["voice_to_voice_ms"]
    if figures["p50"] is not None:
        say(f"voice-to-voice: p50 {figures['p50']:.0f} ms, p95 {figures['p95']:.0f} ms, max {figures['max']:.0f} ms")
    say(f"outcome: {kept['outcome'] or 'no record of the call was found'}")
    say(f"heard by the caller: {kept['recording_file']}")
    for line in recorded.lines(kept["recorded"]):
        say(line)
    if call.trouble:
        say(f"NOT AS IT SHOULD BE: {call.trouble}")
    if call.unsaid:
        say(f"{call.unsaid} of the caller's lines were not said")


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(value, 1) for value in values]
