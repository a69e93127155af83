"""From the INVITE at the telephone double to the first sound of the agent in the phone: one call after another, and
several at once. The phone's own jitter buffer (40 ms) is part of it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from dataclasses import dataclass
from pathlib import Path

from bench import machine
from bench.figures import percentile, table
from bench.rig import Rig
from local.caller.errors import CallerError
from local.caller.legs import PhoneLeg
from local.info import StackInfo
from local.paths import VAR

AGENT = "switchboard"  # the one that greets: a bare starter says nothing unasked
_WITHIN_S = 15.0
_REST_S = 1.5  # a real line's calls don't follow each other at once: the worker replaces the job process that was used


@dataclass(frozen=True, slots=True)
class Rung:
    """One call: milliseconds from the INVITE. None: it did not come to that."""

    ringing_ms: float | None
    answered_ms: float | None
    heard_ms: float | None
    failure: str = ""


async def ring(info: StackInfo) -> Rung:
    """Place a call, listen for the first sound, hang up."""
    leg = PhoneLeg.of(info)
    try:
        await leg.connect()
        await leg.answered(_WITHIN_S)
        heard = await _first_sound(leg)
    except CallerError as error:
        return Rung(None, None, None, str(error))
    finally:
        await leg.hangup()
    rang = next((second for second, what in leg.progress if what == "ringing"), None)
    failure = "" if heard is not None else f"answered, but silent for {_WITHIN_S:g} s"
    return Rung(_ms(rang), _ms(leg.answered_s), _ms(heard), failure)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


async def _first_sound(leg: PhoneLeg) -> float | None:
    agent = leg.handset.agent
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_WITHIN_S):
            while (heard := agent.onset_after(0.0)) is None:
                await agent.more()
            return heard
    return None


async def rounds(info: StackInfo, calls: int, at_once: int) -> list[Rung]:
    """`calls` in all, `at_once` of them at the same time."""
    done: list[Rung] = []
    while len(done) < calls:
        async with asyncio.TaskGroup() as group:
            ringing = [group.create_task(ring(info)) for _ in range(min(at_once, calls - len(done)))]
        done += [task.result() for task in ringing]
        await asyncio.sleep(_REST_S)
    return done


def summarise(at_once: int, calls: list[Rung]) -> dict[str, object]:
    heard = [call.heard_ms for call in calls]
    return {
        "at_once": at_once,
        "calls": len(calls),
        "first_audio_p50": percentile(heard, 50),
        "first_audio_p95": percentile(heard, 95),
        "first_audio_max": percentile(heard, 100),
        "ringing_p50": percentile([call.ringing_ms for call in calls], 50),
        "answered_p50": percentile([call.answered_ms for call in calls], 50),
        "failed": sum(bool(call.failure) for call in calls),
        "failures": sorted({call.failure for call in calls if call.failure}),
    }


async def run(options: argparse.Namespace) -> int:
    before = machine.warn()
    found = []
    async with Rig(options.data_dir, [AGENT], telephone=True) as rig:
        await ring(rig.info)  # the first call after a start also warms the telephone double's connection
        await asyncio.sleep(_REST_S)
        for at_once in options.at_once:
            found.append(summarise(at_once, await rounds(rig.info, options.calls, at_once)))
    columns = [name for name in found[0] if name != "failures"]
    print(
        table([[name.replace("_", " ") for name in columns], *([one[name] for name in columns] for one in found)]), "\n"
    )
    print(json.dumps({"bench": "first_audio", "load_before": before.load_average, "rounds": found}))
    return 0 if not any(one["failed"] for one in found) else 1


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench first_audio", description=__doc__)
    parser.add_argument("--calls", type=int, default=20, help="for each number of calls at once")
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--data-dir", type=Path, default=VAR / "bench" / "first_audio")
    return asyncio.run(run(parser.parse_args(arguments)))
