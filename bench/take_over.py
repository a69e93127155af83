"""From `kill -9` in mid-call to the agent's next sound at the ear: of the call's job process (its parent says so),
and of a whole worker (nobody says so: its lease runs out, and it does not answer).

Two workers of one name on this machine, real calls on the local stack. After each kill the next agent must have known
the talk: the events it read are in the call's record."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import machine
from bench.figures import percentile, table
from bench.rig import RigFailedError
from local import environment, groups
from local.caller.errors import CallerError
from local.caller.legs import PhoneLeg
from local.caller.talk import Talk
from local.follow import LogLines
from local.guardian import Guardian
from local.paths import CALL_CENTER, VAR
from local.ports import Ports
from local.process import Process, Service
from local.readiness import LogHas
from local.records import reading
from local.services import USUAL
from local.stack import Stack
from ops.deadline import deadline

KINDS = ("job process", "whole worker")
KILLS_PER_CALL = 4
_CALL_ID = "switchboard.call_id"
_WITHIN_S = 30.0
_WRITTEN_S = 0.6  # twice the journal's flush: what was said before the kill is in the store
_QUESTION = "What are your opening hours?"


@dataclass(frozen=True, slots=True)
class Revival:
    """Milliseconds from the kill to the agent's next sound; None: it never came."""

    kind: str
    silent_ms: float | None


class Workers:
    """Two agents under the stack's own name, each restarted after it was killed."""

    def __init__(self, stack: Stack, data_dir: Path, exits: AsyncExitStack) -> None:
        self._stack, self._data_dir, self._exits = stack, data_dir, exits
        self._id = secrets.token_hex(8)
        self._running: list[Process] = []

    async def start(self) -> None:
        guardian = Guardian(self._id)
        self._exits.callback(guardian.close)
        common = environment.base(environment.Operator()) | {groups.MARK: self._id}
        for name in ("first", "second"):
            ports = Ports.free()
            service = Service(
                name,
                (sys.executable, "agent/main.py", "start"),
                LogHas(Path(), "registered worker"),
                ports.agent,
                environment=environment.for_agent(self._stack.info, ports, self._data_dir / name, CALL_CENTER),
                ready_s=60.0,
                stop_s=10.0,
            )
            process = Process(service, self._data_dir / "log" / f"{name}.log", common, guardian)
            self._exits.push_async_callback(process.stop)
            await process.start()
            self._running.append(process)

    async def kill(self, call_id: str, kind: str) -> Process | None:
        """The call's job process, or the worker that has it, which is then to be started again."""
        for process in self._running:
            pids = await asyncio.to_thread(_pids, process.log, call_id)
            for pid in reversed(pids):
                if not _alive(pid):
                    continue
                if kind == KINDS[0]:
                    os.kill(pid, signal.SIGKILL)
                    return None
                process.kill()
                return process
        raise RigFailedError(f"No worker has call {call_id}. Its logs are in {self._data_dir / 'log'}")


def _pids(log: Path, call_id: str) -> list[int]:
    return [int(line["pid"]) for line in LogLines(log).new() if line.get("call_id") == call_id and "pid" in line]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def revive(stack: Stack, workers: Workers, kind: str, kills: int) -> tuple[list[Revival], list[int]]:
    """One call with `kills` deaths in it. Also returns how many earlier events each new worker knew."""
    leg = PhoneLeg.of(stack.info)
    talk, found, call_id = Talk(leg), list[Revival](), ""
    try:
        await leg.connect()
        await leg.answered(_WITHIN_S)
        await talk.heard_answer(_WITHIN_S)
        call_id = await leg.attribute(_CALL_ID, 5.0) or ""
        await talk.say(_QUESTION)
        await talk.heard_answer(_WITHIN_S)
        for _ in range(kills):
            await asyncio.sleep(_WRITTEN_S)
            at_s = leg.handset.now_s
            dead = await workers.kill(call_id, kind)
            heard_s = await _next_sound(leg, at_s)
            found.append(Revival(kind, None if heard_s is None else (heard_s - at_s) * 1000))
            await talk.quiet(1.0)
            if dead is not None:
                await dead.restart()
    except CallerError as error:
        print(f"  a call broke off: {error}", file=sys.stderr)
    finally:
        await leg.hangup()
    return found, await _known(stack, call_id)


async def _next_sound(leg: PhoneLeg, after_s: float) -> float | None:
    agent = leg.handset.agent
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_WITHIN_S):
            while (heard := agent.onset_after(after_s)) is None:
                await agent.more()
            return heard
    return None


async def _known(stack: Stack, call_id: str) -> list[int]:
    async with deadline(_WITHIN_S, "the call's events"), reading(stack.info.state_url) as records:
        events = await records.events(call_id) if call_id else []
        return [int(event["known"]) for event in events if event["kind"] == "call_resumed"]


def summarise(kind: str, found: list[Revival], known: list[int]) -> dict[str, object]:
    silent = [each.silent_ms for each in found if each.kind == kind]
    return {
        "killed": kind,
        "kills": len(silent),
        "silent_p50": percentile(silent, 50),
        "silent_p95": percentile(silent, 95),
        "silent_max": percentile(silent, 100),
        "knew_the_talk": sum(count > 0 for count in known),
        "never_came": sum(value is None for value in silent),
    }


async def run(options: argparse.Namespace) -> int:
    before = machine.warn()
    found: list[dict[str, object]] = []
    only = {name for name in USUAL if name != "agent"}
    async with AsyncExitStack() as exits:
        stack = await exits.enter_async_context(Stack(options.data_dir, Ports.free(), only=only, say=print))
        workers = Workers(stack, options.data_dir.resolve(), exits)
        await workers.start()
        for kind in KINDS:
            revivals, known = list[Revival](), list[int]()
            while len(revivals) < options.kills:
                kills = min(KILLS_PER_CALL, options.kills - len(revivals))
                one, knew = await revive(stack, workers, kind, kills)
                if not one:
                    raise RigFailedError("A call broke off before its first kill")
                revivals, known = revivals + one, known + knew
            found.append(summarise(kind, revivals, known))
    columns = list(found[0])
    print(table([[name.replace("_", " ") for name in columns], *([one[name] for name in columns] for one in found)]))
    print(json.dumps({"bench": "take_over", "load_before": before.load_average, "rounds": found}))
    return 1 if any(one["never_came"] for one in found) else 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench take_over", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="of each kind")
    parser.add_argument("--data-dir", type=Path, default=VAR / "bench" / "take_over")
    return asyncio.run(run(parser.parse_args(arguments)))
