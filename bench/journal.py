"""What the journal of many talking calls costs the process it runs in: processor time and late timers, beside the same
loop with no journal, in one run and against a real Redis that keeps an append-only file."""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from bench import machine
from bench.figures import table
from bench.rig import RigFailedError
from local import environment
from local.paths import ROOT
from local.ports import Ports
from local.stack import Stack

_PROGRAM = "tests.support.journal_load"  # it imports the product, which bench/ may not
_START_S = 60.0
_FIGURES = ("cpu_percent", "late_ms_p50", "late_ms_p99", "late_ms_max")


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """What the program found. Raises RigFailedError with its last words."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with Stack(Path(folder), Ports.free(), only={"state"}) as stack:
            command = [sys.executable, "-m", _PROGRAM, stack.info.state_url]
            for name in ("calls", "rate", "seconds", "rounds"):
                command += [f"--{name}", str(getattr(options, name))]
            done = await asyncio.to_thread(
                subprocess.run,
                command,
                cwd=ROOT,
                env=environment.base(environment.Operator()),
                capture_output=True,
                text=True,
                timeout=_START_S + 2 * options.rounds * (options.seconds + 10.0),
                check=False,
            )
    if done.returncode:
        raise RigFailedError(f"{_PROGRAM} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def summed_up(found: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Of each kind of phase the median over its rounds; of the latest timer the worst."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for phase in found["phases"]:
        kinds.setdefault(phase["phase"], []).append(phase)
    return {
        kind: {
            name: max(p[name] for p in phases)
            if name.endswith("max")
            else round(float(median(p[name] for p in phases)), 2)
            for name in _FIGURES
        }
        for kind, phases in kinds.items()
    }


async def run(options: argparse.Namespace) -> int:
    before = machine.warn()
    found = await measure(options)
    kinds = summed_up(found)
    rows: list[list[object]] = [["", "CPU % of a core", "late ms p50", "p99", "max"]]
    rows += [[kind, *(kinds[kind][name] for name in _FIGURES)] for kind in ("floor", "journal")]
    print(table(rows), "\n")
    cost = round(kinds["journal"]["cpu_percent"] - kinds["floor"]["cpu_percent"], 2)
    stored = found["behind"] == found["dropped"] == found["failures"] == 0
    print(f"the journal: {cost} % of a core, {found['writes']} writes, p50 {found['write_ms_p50']} ms")
    lost = "all events stored" if stored else "NOT all events stored at once"
    print(f"{found['recorded']} events of {options.calls} calls: {lost}\n")
    figures = {"bench": "journal", "load_before": before.load_average, "calls": options.calls, "rate": options.rate}
    print(
        json.dumps(figures | {"journal_cpu_percent": cost} | kinds | {k: v for k, v in found.items() if k != "phases"})
    )
    return 0 if stored else 1


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench journal", description=__doc__)
    parser.add_argument("--calls", type=int, default=100, help="talking at once")
    parser.add_argument("--rate", type=float, default=10.0, help="events a second of each call")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each phase")
    parser.add_argument("--rounds", type=int, default=3, help="floor and journal, in turn")
    return asyncio.run(run(parser.parse_args(arguments)))
