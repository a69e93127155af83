"""Voice to voice and barge-in at the caller's ear, of two or more agents with the same stubs, call by call in turn."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import caller, machine, process_tree, summary, turns, utterances
from bench.deal import CALL, Card, deal
from bench.peers import PEERS
from bench.rig import Rig
from bench.stubs import journal
from bench.turns import Turn
from bench.utterances import Utterance
from local.paths import VAR

_GREETS_WITHIN_S = 3.0
_REST_BETWEEN_CALLS_S = 1.0  # the worker replaces the job process that was used


@dataclass(slots=True)
class Tally:
    """What is known of one agent so far. Seconds."""

    turns: list[Turn] = field(default_factory=list)
    cpu_s: float = 0.0
    call_s: float = 0.0

    @property
    def cpu_s_per_call_minute(self) -> float | None:
        return round(self.cpu_s / self.call_s * 60, 2) if self.call_s else None


async def talk(rig: Rig, agent_name: str, hand: Sequence[Card], spoken: Sequence[Utterance]) -> list[Turn]:
    """One call from the dispatch to the hang-up."""
    done: list[Turn] = []
    async with caller.call(rig.info, agent_name, f"bench-{secrets.token_hex(6)}") as line:
        await turns.greeting(line, _GREETS_WITHIN_S)
        for card in hand:
            utterance = spoken[card.utterance]
            before = done[-1].heard if done else None
            if card.kind is turns.Kind.BARGE_IN and before is not None:
                done.append(await turns.barge_in(line, utterance, before))
            else:
                done.append(await turns.clean(line, utterance))
    return done


async def measure(
    rig: Rig, hands: Sequence[Sequence[Card]], spoken: Sequence[Utterance], at_once: int
) -> dict[str, Tally]:
    """All hands with every agent; the agents take turns after each round of `at_once` calls."""
    tallies = {name: Tally() for name in rig.peers}
    for start in range(0, len(hands), at_once):
        for name, peer in rig.peers.items():
            pid, tally = rig.workers[name].pid, tallies[name]
            began, used = time.monotonic(), process_tree.cpu_s(pid)
            async with asyncio.TaskGroup() as calls:
                running = [
                    calls.create_task(talk(rig, peer.agent_name, hand, spoken))
                    for hand in hands[start : start + at_once]
                ]
            tally.cpu_s += process_tree.cpu_s(pid) - used
            tally.call_s += (time.monotonic() - began) * len(running)
            for task in running:
                tally.turns += task.result()
            print(f"{name}: {len(tally.turns)} turns", flush=True)
            await asyncio.sleep(_REST_BETWEEN_CALLS_S)
    return tallies


async def run(options: argparse.Namespace) -> int:
    before = machine.warn()
    calls = max(1, -(-options.turns // len(CALL)))
    spoken = utterances.load(caller.RATE, every=options.every_voice)
    hands = deal(calls, len(spoken), options.seed)
    async with Rig(options.data_dir, options.agents) as rig:
        tallies = await measure(rig, hands, spoken, options.at_once)
        seen = journal.read(rig.stages) if options.at_once == 1 else []
    found = [summary.summarise(name, tally.turns, seen, tally.cpu_s_per_call_minute) for name, tally in tallies.items()]
    _keep(options.data_dir / "turns.json", tallies, spoken)
    print(f"\n{summary.show(found)}\n")
    print(
        json.dumps(
            {
                "bench": "voice_to_voice",
                "load_before": before.load_average,
                "at_once": options.at_once,
                **summary.as_json(found),
            }
        )
    )
    return 0


def _keep(path: Path, tallies: dict[str, Tally], spoken: Sequence[Utterance]) -> None:
    """Every turn, for whoever asks why."""
    rows = [
        {
            "agent": name,
            "voice": spoken[turn.utterance].voice,
            "text": spoken[turn.utterance].text,
            "kind": turn.kind,
            "voice_to_voice_ms": turn.voice_to_voice_ms,
            "barge_in_ms": turn.barge_in_ms,
            "failure": turn.failure,
            "ended": turn.ended,
        }
        for name, tally in tallies.items()
        for turn in tally.turns
    ]
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench voice_to_voice", description=__doc__)
    parser.add_argument("--agents", nargs="+", choices=sorted(PEERS), default=["bare", "switchboard"])
    parser.add_argument("--turns", type=int, default=84, help=f"per agent, rounded up to whole calls of {len(CALL)}")
    parser.add_argument("--at-once", type=int, default=1, help="calls at the same time, to the same agent")
    parser.add_argument("--every-voice", action="store_true", help="every sentence in every voice: a harder mix")
    parser.add_argument("--seed", type=int, default=1, help="of the order in which utterances are dealt")
    parser.add_argument("--data-dir", type=Path, default=VAR / "bench" / "voice_to_voice")
    return asyncio.run(run(parser.parse_args(arguments)))
