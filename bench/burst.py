"""Many INVITEs within seconds, over two lines: is each answered, by the persona of the number that it rang, how soon,
and what did it cost? The phones (bench/light_phone.py) stay on the line until everybody was greeted."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import machine, process_tree
from bench.figures import percentile, table
from bench.light_phone import LightPhone
from bench.rig import Rig
from local.caller.errors import CallerError
from local.caller.outcome import closed_record
from local.paths import VAR
from local.readiness import wait_until
from local.records import reading
from ops.clock import SystemClock

AGENT = "switchboard"
PERSONAS = {"+15550100091": "bench", "+15550100092": "evening"}
"""bench/config/callcenter.yaml: whose number is answered by whom."""
_CALL_ID = "switchboard.call_id"
_RINGS_S = 30.0  # what a trunk of ours lets a phone ring (sip/lines/wanted.py)
_GREETED_S = 15.0
_SETTLES_S = 40.0


@dataclass(frozen=True, slots=True)
class Rung:
    """One call: milliseconds from its INVITE. None: it did not come to that."""

    number: str
    answered_ms: float | None = None
    heard_ms: float | None = None
    call_id: str = ""
    failure: str = ""


class Crowd:
    """`calls` phones; the first rings at once, the last `within_s` later, and all hang up at a sign."""

    def __init__(self, telephone_url: str, calls: int, within_s: float) -> None:
        numbers = list(PERSONAS)
        self._url, self._within_s = telephone_url, within_s
        self.hang_up = asyncio.Event()
        self._numbers = [numbers[each % len(numbers)] for each in range(calls)]
        self._waiting = calls
        self.greeted = asyncio.Event()  # everybody was, or has given up

    async def ring(self) -> list[Rung]:
        async with asyncio.TaskGroup() as group:
            phones = [group.create_task(self._one(each)) for each in range(len(self._numbers))]
        return [phone.result() for phone in phones]

    async def _one(self, place: int) -> Rung:
        number = self._numbers[place]
        await asyncio.sleep(self._within_s * place / max(1, len(self._numbers) - 1))
        phone = LightPhone(self._url, number, caller=f"+1202555{1000 + place}")
        failure = ""
        try:
            await phone.connect()
            await phone.answered(_RINGS_S)
            if not await wait_until(lambda: phone.heard_s is not None, _GREETED_S):
                failure = f"answered, but silent for {_GREETED_S:g} s"
        except CallerError as error:
            failure = str(error)
        self._waiting -= 1
        if not self._waiting:
            self.greeted.set()
        await self.hang_up.wait()
        call_id = await phone.attribute(_CALL_ID, 0.1) or ""
        await phone.hangup()
        return Rung(number, _ms(phone.answered_s), _ms(phone.heard_s), call_id, failure)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


class Costs:
    """Processor seconds of the processes that a call needs, by name, since this was made."""

    def __init__(self, rig: Rig) -> None:
        self._pids = rig.pids()
        self._before = self._now()

    def _now(self) -> dict[str, float]:
        own = {"phones": time.process_time()}
        return own | {name: process_tree.cpu_s(pid) for name, pid in self._pids.items()}

    def since(self) -> dict[str, float]:
        now = self._now()
        return {name: round(now[name] - before, 2) for name, before in self._before.items()}


async def wrong_personas(state_url: str, calls: list[Rung]) -> list[str]:
    """What the records say of the calls that were not closed, or not answered by their number's persona."""
    found = []
    async with reading(state_url) as records:
        for call in calls:
            record: Mapping[str, object] = await closed_record(records, call.call_id, SystemClock()) or {}
            persona, outcome = record.get("persona"), record.get("outcome")
            if persona != PERSONAS[call.number] or not outcome:
                found.append(f"{call.number}: persona {persona}, outcome {outcome}")
    return found


async def burst(rig: Rig, calls: int, within_s: float, hold_s: float) -> dict[str, object]:
    """One of them, and the wait until the worker is as it was before."""
    worker = rig.workers[AGENT].pid
    at_rest = process_tree.count(worker)
    costs, crowd = Costs(rig), Crowd(rig.info.telephone_url, calls, within_s)
    began = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as group:
        ringing = group.create_task(crowd.ring())
        await crowd.greeted.wait()
        greeted_s = asyncio.get_running_loop().time() - began
        to_greeted, load, held = costs.since(), machine.look().load_average, Costs(rig)
        await asyncio.sleep(hold_s)
        while_held = held.since()
        crowd.hang_up.set()
    rung = ringing.result()
    wrong = await wrong_personas(rig.info.state_url, [call for call in rung if not call.failure])
    await wait_until(lambda: process_tree.count(worker) <= at_rest, _SETTLES_S)
    heard = [call.heard_ms for call in rung]
    return {
        "calls": calls,
        "within_s": within_s,
        "lost": sum(bool(call.failure) for call in rung),
        "wrong_persona": len(wrong),
        "first_audio_p50": percentile(heard, 50),
        "first_audio_p95": percentile(heard, 95),
        "first_audio_max": percentile(heard, 100),
        "answered_p50": percentile([call.answered_ms for call in rung], 50),
        "greeted_s": round(greeted_s, 1),
        "load": load,
        "cpu_s_to_greeted": to_greeted,
        "cpu_s_held": while_held,
        "worker_cpu_s_per_call": round(to_greeted[AGENT] / calls, 2),
        "worker_cpu_percent_per_call_held": round(100 * while_held[AGENT] / calls / hold_s, 1) if hold_s else None,
        "in_order_ms": [None if call.heard_ms is None else round(call.heard_ms) for call in rung],
        "failures": sorted({call.failure for call in rung if call.failure} | set(wrong)),
    }


async def run(options: argparse.Namespace) -> int:
    before = machine.warn()
    found = []
    async with Rig(options.data_dir, [AGENT], telephone=True) as rig:
        await burst(rig, 1, 0.0, 0.0)  # the first call after a start also warms the telephone double's connection
        for _ in range(options.rounds):
            found.append(await burst(rig, options.calls, options.within, options.hold))
            print(json.dumps(found[-1]), flush=True)
    columns = [name for name in found[0] if not name.startswith(("failures", "cpu_s", "in_order"))]
    rows = [[one[name] for name in columns] for one in found]
    print(table([[name.replace("_", " ") for name in columns], *rows]), "\n")
    print(json.dumps({"bench": "burst", "load_before": before.load_average, "rounds": found}))
    return 1 if any(one["failures"] for one in found) else 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench burst", description=__doc__)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--within", type=float, default=2.0, help="seconds from the first INVITE to the last")
    parser.add_argument("--hold", type=float, default=3.0, help="seconds that all stay on the line once greeted")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--data-dir", type=Path, default=VAR / "bench" / "burst")
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(run(parser.parse_args(arguments)))
    return 1
