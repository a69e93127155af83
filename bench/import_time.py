"""How long the worker's program takes to import, and `make run` to be ready a second time."""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench import machine
from bench.figures import percentile, table
from local import environment
from local.paths import ROOT
from local.ports import Ports
from local.stack import Stack

_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Import:
    """One line of `python -X importtime`: seconds with all that the module imports in turn."""

    module: str
    seconds: float


def import_s(module: str, *flags: str) -> tuple[float, str]:
    """Seconds of a fresh interpreter, from its start to its end, that imports `module`; and what it wrote to stderr."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, *flags, "-c", f"import {module}"],
        cwd=ROOT,
        env=environment.base(environment.Operator()),
        capture_output=True,
        text=True,
        timeout=_WITHIN_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"import {module} failed:\n{done.stderr[-2000:]}")
    return time.monotonic() - began, done.stderr


def slowest(report: str, count: int) -> list[Import]:
    """The modules with the largest cumulative times in what -X importtime wrote."""
    found = []
    for line in report.splitlines():
        fields = line.removeprefix("import time:").split("|")
        if line.startswith("import time:") and len(fields) == 3 and fields[1].strip().isdigit():
            found.append(Import(fields[2].strip(), int(fields[1]) / 1e6))
    return sorted(found, key=lambda one: -one.seconds)[:count]


async def ready_s() -> tuple[float, dict[str, float]]:
    """Seconds from nothing to the whole stack ready, and of each process; what has to be built was built before."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        began = time.monotonic()
        async with Stack(Path(folder), Ports.free()) as stack:
            took = time.monotonic() - began
            return took, {process.name: round(process.ready_after_s or 0.0, 2) for process in stack.processes}


async def run(options: argparse.Namespace) -> int:
    before = machine.warn()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    times = [import_s(options.module)[0] for _ in range(options.times)]
    cpu_s = (_cpu_s(resource.getrusage(resource.RUSAGE_CHILDREN)) - _cpu_s(used)) / options.times
    imports = slowest(import_s(options.module, "-X", "importtime")[1], options.slowest)
    found: dict[str, object] = {
        "bench": "import_time",
        "load_before": before.load_average,
        "module": options.module,
        "import_cpu_ms": round(cpu_s * 1000),
        "import_ms_p50": percentile([t * 1000 for t in times], 50),
        "import_ms_max": percentile([t * 1000 for t in times], 100),
    }
    print(f"import {options.module}: " + ", ".join(f"{t:.2f}" for t in times) + f" s ({cpu_s:.2f} s of one core)\n")
    print(table([["slowest, with all they import", "s"], *([one.module, one.seconds] for one in imports)]), "\n")
    if options.ready:
        for which in ("first", "second"):
            took, processes = await ready_s()
            found[f"ready_s_{which}"] = round(took, 2)
            print(f"stack ready, {which} time: {took:.1f} s {processes}")
    print(json.dumps(found))
    return 0


def _cpu_s(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench import_time", description=__doc__)
    parser.add_argument("--module", default="agent.main")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--slowest", type=int, default=15, help="modules to list")
    parser.add_argument("--ready", action="store_true", help="start the whole stack of `make run` too, twice")
    return asyncio.run(run(parser.parse_args(arguments)))
