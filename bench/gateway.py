"""The state gateway beside webdis before the same Redis, in one run: reads, pipelines, added latency, and a write of
the call journal by each way. The gateway asks for its API key and writes its audit log, as in production; webdis has
neither, nor a pipeline: one operation a request. Loopback only. Needs the packages webdis and wrk."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

from bench import gateway_figures, machine, wrk
from bench import gateway_sides as sides_of
from bench.gateway_sides import Sides
from bench.rig import RigFailedError
from local import environment
from local.paths import ROOT, VAR
from ops.deadline import deadline

_WRITES = "tests.support.write_latency"  # it imports the product, which bench/ may not
_HALF = 0.5
_WARM_S = 1.0
_START_S = 30.0


async def fill(address: tuple[str, int]) -> None:
    """What the requests read."""
    async with deadline(5.0, "redis"):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(sides_of.contents())
        for _ in range(1 + sides_of.PIPELINE):
            if await reader.readline() != b"+OK\r\n":
                raise RigFailedError("Redis refused the keys of the benchmark")
        writer.close()
        await writer.wait_closed()


async def closed_loop(sides: Sides, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Every side in turn, the order reversed from round to round."""
    asked = sides.requests()
    for request in asked.values():
        await wrk.load(request, _WARM_S, options.connections)
    rounds = []
    for number in range(options.rounds):
        names = list(asked) if number % 2 == 0 else list(reversed(asked))
        rounds.append({name: await _loaded(sides, asked[name], options) for name in names})
    found = gateway_figures.throughput(rounds, {name: request.ops for name, request in asked.items()})
    if failed := [name for name, side in found.items() if side["errors"]]:
        raise RigFailedError(f"Not all requests were answered well: {', '.join(failed)}")
    return found


async def _loaded(sides: Sides, request: wrk.Request, options: argparse.Namespace) -> wrk.Load:
    before = sides.cpu_s(request.server)
    load = await wrk.load(request, options.seconds, options.connections)
    used = sides.cpu_s(request.server) - before
    return replace(load, cpu_us=used / max(1, load.requests) * 1e6)


async def open_loop(sides: Sides, options: argparse.Namespace, rate: float) -> dict[str, dict[str, float]]:
    """The single read at `rate`, arrivals as of independent callers and the same for each way."""
    rounds = []
    for number in range(options.rounds):
        ways = sides.open_loop()
        found: dict[str, dict[str, float]] = {}
        for way in ways if number % 2 == 0 else reversed(ways):
            (host, port), request = ways[way]
            command = ["bench.open_loop", host, str(port), "--rate", f"{rate:.0f}", "--seed", str(number)]
            command += ["--connections", str(options.connections), "--seconds", str(options.seconds)]
            found[way] = await _json_of(command, request, options.seconds)
        rounds.append({way: found[way] for way in ways})
    return gateway_figures.latency(rounds)


async def writes(sides: Sides, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    rounds = []
    for _ in range(options.rounds):
        command = [_WRITES, *sides.state_urls, "--writes", str(options.writes)]
        rounds.append(await _json_of(command, b"", options.writes * 0.05, sides.keys))
    return gateway_figures.latency(rounds)


async def _json_of(command: list[str], given: bytes, seconds: float, more: dict[str, str] | None = None) -> Any:
    """What a program of ours prints. RigFailedError with its last words."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", *command],
        input=given,
        cwd=ROOT,
        env=environment.base(environment.Operator()) | (more or {}),
        capture_output=True,
        timeout=_START_S + 2 * seconds,
        check=False,
    )
    if done.returncode:
        raise RigFailedError(f"{command[0]} failed:\n{done.stderr.decode(errors='replace')[-2000:]}")
    return json.loads(done.stdout)


async def run(options: argparse.Namespace) -> int:
    before = machine.warn()
    cores = len(os.sched_getaffinity(0))
    async with Sides(VAR / "bench" / "gateway") as sides:
        await fill(sides.redis)
        closed = await closed_loop(sides, options)
        rate = _HALF * closed["gateway GET, 1 process"]["requests_per_s"]
        opened = await open_loop(sides, options, rate)
        written = await writes(sides, options)
    ratios = gateway_figures.ratios(closed)
    met = gateway_figures.demands(ratios, opened["gateway"]["added_p99_ms"])
    print(
        f"{options.connections} connections kept open, {options.rounds} rounds of {options.seconds:g} s, medians. All"
    )
    print(f"processes, wrk (1 thread) and Redis share {cores} cores; webdis has {sides_of.WEBDIS_THREADS} threads.\n")
    print(gateway_figures.show_throughput(closed), "\n")
    print("CPU us: processor time of the side's own processes for a request, without that of Redis and wrk")
    print(
        "serial: a stand-in in Python for serverless-redis-http's design, one command of a pipeline after the other\n"
    )
    print(gateway_figures.show_latency(f"GET, open loop, {rate:.0f}/s", opened), "\n")
    print(gateway_figures.show_latency("a write of the journal, 1 KB", written), "\n")
    print("Upstash cannot be reached from a benchmark on loopback: see docs/tasks/state-gateway.md\n")
    for demand, fulfilled in met.items():
        print(f"  {'met' if fulfilled else 'NOT MET':8}{demand}")
    figures = {"bench": "gateway", "load_before": before.load_average, "cores": cores, "open_loop_rate": round(rate)}
    found = {"closed_loop": closed, "ratios": ratios, "open_loop": opened, "writes": written, "demands": met}
    print("\n" + json.dumps(figures | found))
    return 0 if all(met.values()) else 1


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench gateway", description=__doc__)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each side in each round")
    parser.add_argument("--rounds", type=int, default=3, help="of every side, in turn")
    parser.add_argument("--writes", type=int, default=300, help="of the journal by each way, in each round")
    options = parser.parse_args(arguments)
    sides_of.need()
    wrk.need()
    return asyncio.run(run(options))
