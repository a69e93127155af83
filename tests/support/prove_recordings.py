"""`python -m tests.support.prove_recordings --calls 200`: real calls, each with a way of losing its recording, every
way of tests/support/recording_faults.py in turn; then a table, which docs/tasks/recordings.md repeats. The exit code is
0 only if no word was lost, and all else was as promised."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from local.paths import VAR
from tests.support.recorded_place import recorded_place
from tests.support.recording_faults import FAULTS, RecordingFault
from tests.support.recording_run import Batch, Finding

_COLUMNS = (
    "what was broken",
    "calls",
    "proven",
    "backup",
    "missing",
    "lost",
    "disturbed",
    "told in s",
    "backup after s",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every call held, 1 when one did not, 2 when there is no such fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.prove_recordings", description=__doc__)
    parser.add_argument("--calls", type=int, default=len(FAULTS), help="in all; default: %(default)s")
    parser.add_argument("--at-once", type=int, default=3, help="calls that talk side by side; default: %(default)s")
    parser.add_argument("--only", default="", help="faults whose name has these words")
    parser.add_argument("--data-dir", type=Path, default=VAR / "recording-faults", help="default: var/recording-faults")
    options = parser.parse_args(arguments)
    chosen = [fault for fault in FAULTS if options.only in fault.name]
    if not chosen:
        print(f"No such fault. There are: {', '.join(fault.name for fault in FAULTS)}", file=sys.stderr)
        return 2
    shutil.rmtree(options.data_dir, ignore_errors=True)
    found = asyncio.run(prove(chosen, options.calls, options.at_once, options.data_dir))
    print(f"{table(found)}\n\n{figures(found)}")
    return 0 if all(finding.held for finding in found) else 1


async def prove(faults: Sequence[RecordingFault], calls: int, at_once: int, folder: Path) -> list[Finding]:
    """Each fault in turn, and again from the first one on, until there were so many calls."""
    found: list[Finding] = []
    async with recorded_place(folder) as place, asyncio.TaskGroup() as settling:
        for fault, callers in _batches(faults, calls, at_once):
            batch = Batch(fault, place, callers)
            await batch.talk()
            print(f"  talked  {fault.name}: {len(callers)}, load {os.getloadavg()[0]:.0f}", flush=True)
            settling.create_task(_settled(batch, found), name="settle")
    return found


async def _settled(batch: Batch, found: list[Finding]) -> None:
    for finding in await batch.settle():
        found.append(finding)
        print(f"  {'held  ' if finding.held else 'BROKEN'}  {finding}", flush=True)


def _batches(faults: Sequence[RecordingFault], calls: int, at_once: int) -> Iterator[tuple[RecordingFault, list[str]]]:
    each, more = divmod(calls, len(faults))
    left = {fault.name: each + (index < more) for index, fault in enumerate(faults)}
    number = 0
    while any(left.values()):
        for fault in faults:
            if size := min(at_once, left[fault.name]):
                left[fault.name] -= size
                yield fault, [f"+1202555{100 + (number + one) % 100:04}" for one in range(size)]
                number += size


def table(found: Sequence[Finding]) -> str:
    """A line for each fault, and one for all."""
    lines = [_COLUMNS, tuple("---" for _ in _COLUMNS)]
    for fault in dict.fromkeys(finding.fault for finding in found):
        lines.append(_line(fault.name, [finding for finding in found if finding.fault == fault]))
    lines.append(_line("all", found))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _line(name: str, own: Sequence[Finding]) -> tuple[str, ...]:
    states = Counter(finding.state for finding in own)
    lost = sum(finding.state == "lost" or bool(finding.lost_s) for finding in own)
    return (
        *(name, str(len(own)), str(states["proven"]), str(states["backup"]), str(states["missing"]), str(lost)),
        *(
            str(sum(f.disturbed or f.state == "none" for f in own)),
            _range([f.alarm_s for f in own]),
            _range([f.backup_s for f in own]),
        ),
    )


def figures(found: Sequence[Finding]) -> str:
    """What was promised beside what was."""
    rows = (
        ("told after what broke", [finding.alarm_s for finding in found if finding.fault.alarmed]),
        ("backup after the end", [finding.backup_s for finding in found if not finding.fault.back_s]),
        ("notice to recording, by the record", [finding.gap_s for finding in found]),
        ("notice to recording, by the sound", [finding.heard_gap_s for finding in found]),
    )
    broken = [str(finding) for finding in found if not finding.held]
    words = [f"{name}: {_range(values)} s" for name, values in rows]
    return "\n".join([*words, f"load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores", *broken])


def _range(values: Sequence[float | None]) -> str:
    """The middle one and the largest."""
    known = sorted(value for value in values if value is not None)
    return f"{statistics.median(known):.1f} ({known[-1]:.1f})" if known else "-"


if __name__ == "__main__":
    sys.exit(main())
