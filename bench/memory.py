"""Memory of a worker's process tree: what each further call at once costs, and what many in a row leave behind."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
from dataclasses import asdict
from pathlib import Path

from bench import caller, machine, process_tree, turns, utterances
from bench.figures import table
from bench.peers import PEERS
from bench.process_tree import Memory
from bench.rig import Rig
from local.paths import VAR
from local.readiness import wait_until

_GREETS_WITHIN_S = 3.0
_SAMPLES, _SAMPLE_EVERY_S = 4, 1.0
_SETTLES_WITHIN_S = 20.0
_LOOK_EVERY = 10  # calls in a row between two looks
_IN_A_ROW_MOST = 200


async def talking(rig: Rig, agent: str, calls: int) -> Memory:
    """The most seen while `calls` callers are being answered at once; 0: the idle worker."""
    hold, answered = asyncio.Event(), asyncio.Semaphore(0)
    spoken = utterances.load(caller.RATE)

    async def one(number: int) -> None:
        async with caller.call(rig.info, rig.peers[agent].agent_name, f"bench-{secrets.token_hex(6)}") as line:
            await turns.greeting(line, _GREETS_WITHIN_S)
            for utterance in (spoken[number], spoken[number + 4]):
                await turns.clean(line, utterance)
            answered.release()
            await hold.wait()

    async with asyncio.TaskGroup() as group:
        for number in range(calls):
            group.create_task(one(number))
        for _ in range(calls):
            await answered.acquire()
        seen = []
        for _ in range(_SAMPLES):
            seen.append(process_tree.memory(rig.workers[agent].pid))
            await asyncio.sleep(_SAMPLE_EVERY_S)
        hold.set()
    return max(seen, key=lambda memory: memory.pss)


async def short_call(rig: Rig, agent: str) -> bool:
    """Ring, hear the greeting begin (or, of an agent without one, an answer), hang up. False: nothing was heard."""
    async with caller.call(rig.info, rig.peers[agent].agent_name, f"bench-{secrets.token_hex(6)}") as line:
        if await line.ear.sound(line.dialled, _GREETS_WITHIN_S) is not None:
            return True
        return (await turns.clean(line, utterances.load(caller.RATE)[8])).heard is not None


async def idle(rig: Rig, agent: str, processes: int) -> Memory:
    """The worker at rest: once it has no more than `processes` processes, or its time is up."""
    pid = rig.workers[agent].pid
    await wait_until(lambda: process_tree.count(pid) <= processes, _SETTLES_WITHIN_S)
    await asyncio.sleep(_SAMPLES * _SAMPLE_EVERY_S)
    return process_tree.memory(pid)


async def in_a_row(rig: Rig, agent: str, calls: int) -> tuple[list[tuple[int, Memory]], int]:
    """(calls so far, memory at rest) every few calls, after one to warm up; and how many heard nothing."""
    processes = process_tree.count(rig.workers[agent].pid)
    await short_call(rig, agent)
    looks = [(0, await idle(rig, agent, processes))]
    unheard = 0
    for number in range(1, min(calls, _IN_A_ROW_MOST) + 1):
        unheard += not await short_call(rig, agent)
        if number % _LOOK_EVERY == 0 or number == calls:
            looks.append((number, await idle(rig, agent, processes)))
            print(f"{agent}: {number} calls, {looks[-1][1]}", flush=True)
    return looks, unheard


async def measure(options: argparse.Namespace, agent: str) -> dict[str, object]:
    """One agent alone on its rig."""
    async with Rig(options.data_dir / agent, [agent]) as rig:
        levels = {}
        for calls in options.levels:
            before = process_tree.count(rig.workers[agent].pid)
            levels[calls] = await talking(rig, agent, calls)
            print(f"{agent}: {calls} at once, {levels[calls]}", flush=True)
            await idle(rig, agent, before)
        looks, unheard = await in_a_row(rig, agent, options.in_a_row) if options.in_a_row else ([], 0)
    busy = sorted(calls for calls in levels if calls)
    low, high = (busy[0], busy[-1]) if len(busy) > 1 else (0, 0)
    per_call = (levels[high].pss - levels[low].pss) / (high - low) if high > low else None
    return {
        "agent": agent,
        "at_once": {str(calls): asdict(memory) for calls, memory in levels.items()},
        "pss_mb_per_extra_call": round(per_call, 1) if per_call is not None else None,
        "in_a_row": [{"calls": calls, **asdict(memory)} for calls, memory in looks],
        "rss_mb_before": looks[0][1].rss if looks else None,
        "rss_mb_after": looks[-1][1].rss if looks else None,
        "unheard": unheard,
    }


async def run(options: argparse.Namespace) -> int:
    before = machine.warn()
    found = [await measure(options, agent) for agent in options.agents]
    rows: list[list[object]] = [
        ["agent", "PSS MB per extra call", "RSS MB before", "after the calls in a row", "unheard"]
    ]
    keys = ("agent", "pss_mb_per_extra_call", "rss_mb_before", "rss_mb_after", "unheard")
    rows += [[result[key] for key in keys] for result in found]
    print(f"\n{table(rows)}\n")
    print(json.dumps({"bench": "memory", "load_before": before.load_average, "agents": found}))
    return 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench memory", description=__doc__)
    parser.add_argument("--agents", nargs="+", choices=sorted(PEERS), default=["switchboard"])
    parser.add_argument("--levels", nargs="+", type=int, default=[0, 1, 4], help="calls at once")
    parser.add_argument(
        "--in-a-row", type=int, default=50, help=f"short calls one after another, {_IN_A_ROW_MOST} at most"
    )
    parser.add_argument("--data-dir", type=Path, default=VAR / "bench" / "memory")
    return asyncio.run(run(parser.parse_args(arguments)))
