"""`python -m tests.support.prove_faults`: every fault of tests/support/faults.py, several times, in real calls, and
then every way to lose a recording (tests/support/prove_recordings.py); with tables, which docs/tasks/resume.md and
docs/tasks/recordings.md repeat. The exit code is 0 only if all was as promised."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from local.paths import VAR
from local.ports import Ports
from local.stack import Stack
from tests.support import prove_recordings, recording_faults
from tests.support.fault_place import PROCESSES, Place
from tests.support.fault_run import Finding, prove
from tests.support.faults import FAULTS, Fault
from tests.support.house_config import unrecorded

_COLUMNS = ("fault", "runs", "longest silence s", "promised s", "events", "twice", "missing", "outcome")

_AT_ONCE = 3  # calls that are recorded side by side


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every run of every fault held, 1 when one did not, 2 when there is no such fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.prove_faults", description=__doc__)
    parser.add_argument("-n", type=int, default=3, help="runs of each; default: %(default)s")
    parser.add_argument("--only", default="", help="faults whose name has these words")
    parser.add_argument("--data-dir", type=Path, default=VAR / "faults", help="logs; default: var/faults")
    options = parser.parse_args(arguments)
    chosen = [fault for fault in FAULTS if options.only in fault.name]
    losses = [fault for fault in recording_faults.FAULTS if options.only in fault.name]
    if not chosen and not losses:
        names = ", ".join(fault.name for fault in (*FAULTS, *recording_faults.FAULTS))
        print(f"No such fault. There are: {names}", file=sys.stderr)
        return 2
    shutil.rmtree(options.data_dir, ignore_errors=True)
    held = True
    if chosen:
        found = asyncio.run(_prove(chosen, options.n, options.data_dir))
        print(table(found))
        held = all(finding.held for finding in found)
    if losses:
        calls = options.n * len(losses)
        lost = asyncio.run(prove_recordings.prove(losses, calls, _AT_ONCE, options.data_dir / "recordings"))
        print(f"{prove_recordings.table(lost)}\n\n{prove_recordings.figures(lost)}")
        held = held and all(finding.held for finding in lost)
    return 0 if held else 1


async def _prove(faults: Sequence[Fault], runs: int, folder: Path) -> list[Finding]:
    found = []
    config = unrecorded(folder / "config")
    async with (
        Stack(folder / "stack", Ports.free(), only=PROCESSES, config=config, say=print) as stack,
        Place(stack, folder) as place,
    ):
        for fault in faults:
            for _ in range(runs):
                found.append(await prove(fault, place))
                print(f"  {'held  ' if found[-1].held else 'BROKEN'}  {found[-1]}", flush=True)
    return found


def table(found: Sequence[Finding]) -> str:
    """A line for each fault, of all its runs: the longest silence, the most and fewest events, the sums of the rest."""
    lines = [_COLUMNS, tuple("---" for _ in _COLUMNS)]
    for fault in dict.fromkeys(finding.fault for finding in found):
        own = [finding for finding in found if finding.fault == fault]
        counts = sorted(finding.events for finding in own)
        silent = [finding.silence_s for finding in own]
        longest = "for ever" if None in silent else f"{max(one for one in silent if one is not None):.2f}"
        lines.append(
            (
                fault.name,
                str(len(own)),
                longest,
                f"{fault.silence_s:g}",
                str(counts[0]) if counts[0] == counts[-1] else f"{counts[0]} to {counts[-1]}",
                str(sum(len(finding.twice) for finding in own)),
                str(sum(len(finding.missing) for finding in own)),
                _outcome(own),
            )
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _outcome(own: Sequence[Finding]) -> str:
    broken = [finding for finding in own if not finding.held]
    if broken:
        return f"BROKEN in {len(broken)}: {'; '.join(dict.fromkeys(word for each in broken for word in each.wrong))}"
    return ", ".join(sorted({finding.outcome for finding in own}))


if __name__ == "__main__":
    sys.exit(main())
